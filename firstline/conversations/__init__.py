"""The core: what customers, the agent and teammates say to each other, and who has the word.

Nouns: conversation, entry (message, comment, assignment, status, handoff, action), owner, owner epoch, engagement, delivery.
Verbs: receive, reply, comment, assign, take over, return to the agent, hand off, close, reopen.
Every verb locks the conversation's row first, so entries of one conversation are numbered without gaps in commit order.
"""
