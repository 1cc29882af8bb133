"""Routing: who gets a conversation (PRODUCT.md §2, §4, §5).

Nouns: a *deployment* is agent × channel account × working hours × fallback assignment × coverage; a *situation* is everything
the decision looks at; a *destination* is where a conversation goes when the agent does not take it; a *queue* holds those
that wait for somebody to become available.
Verbs: ``decide`` and ``pick`` are pure; ``deploy``, ``change``, ``remove``, ``route`` and ``assign_waiting`` change rows;
``explain`` says who would get a conversation, and why.
"""
