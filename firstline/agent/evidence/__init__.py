"""Evidence: what a draft states must stand in passages, contact data or action results, and code checks it (AN1, HO6).

Nouns: fact, evidence, finding, report. Verbs: examine (a sentence), check (a draft).
"""

from firstline.agent.evidence.check import Evidence, check, evidence_for, examine, with_options_that_stand
from firstline.agent.evidence.report import Decision, Finding, Report

__all__ = ["Decision", "Evidence", "Finding", "Report", "check", "evidence_for", "examine", "with_options_that_stand"]
