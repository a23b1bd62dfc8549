-- title:        The simulation record shows position and immobilization, target verification and the physician's work
-- fault:        The simulation is not fully recorded
-- requirements: SIM-2
-- cites:        77290, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the simulation record of that day: position and immobilization device, target verification, the physician's work.
-- asks:         simulation_record

select
    itemized_services.claim_line_id as subject_id,
    itemized_services.outcome,
    itemized_services.because
from itemized_services
where itemized_services.kind = 'simulation_record'
