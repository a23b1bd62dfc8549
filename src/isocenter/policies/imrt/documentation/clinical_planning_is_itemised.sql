-- title:        Clinical treatment planning itemizes the services that it claims
-- fault:        The clinical planning note does not state all that it must
-- requirements: PLAN-1
-- cites:        77263, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the planning note that itemizes tests, localization, volumes, time and dosage, modality, devices and other procedures such as chemotherapy or surgery.
-- asks:         clinical_planning_note

select
    itemized_services.claim_line_id as subject_id,
    itemized_services.outcome,
    itemized_services.because
from itemized_services
where itemized_services.kind = 'clinical_planning_note'
