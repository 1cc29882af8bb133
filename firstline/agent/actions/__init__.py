"""Actions: calls to other systems that the agent may make (AC1–AC6).

Nouns: *action* (what it does, when, with which inputs, under which protection), *call* (one use of it in a conversation, from
the first input that is asked for to its outcome), *verification* (a one-time code that proves an address).
Verbs: create, change and remove an action; begin, fill, approve, decline and run a call.

The thinker only proposes. Which inputs a call has, whether it is allowed and that it runs once is decided here, in code.
"""
