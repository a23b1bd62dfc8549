-- title:        A dosimetry calculation relates monitor units to dose, is prescribed and approved by the physician
-- fault:        The dosimetry calculation is not shown to be prescribed and approved by the physician
-- requirements: CALC-1
-- cites:        77300, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the calculation with the treating physician's order and signed approval.
-- asks:         dosimetry_calculation

select
    itemized_services.claim_line_id as subject_id,
    itemized_services.outcome,
    itemized_services.because
from itemized_services
where itemized_services.kind = 'dosimetry_calculation'
