"""The words: what a course, a claim line, a document, a plan and a finding are."""
