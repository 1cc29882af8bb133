"""Availability: whether automatic assignment reaches a teammate, and what switches it by itself (RT4).

Nouns: a *plan* is a teammate's working hours and absence (out of office, from–to); the *business hours* are the company's.
Verbs: ``set_working_hours``, ``leave``, ``come_back``, ``set_business_hours``; ``switch_due`` follows the plans.

A plan switches at its edges: when hours begin or end, when an absence begins or ends. Between two edges a switch by hand holds.
"""
