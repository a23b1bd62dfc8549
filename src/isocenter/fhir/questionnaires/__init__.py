"""Questionnaires written from the policy: packages, the next question, and the logic that fills them in."""
