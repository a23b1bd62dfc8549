-- title:        Complex clinical planning rests on the documented need for IMRT
-- fault:        Complex clinical planning is billed and no need for IMRT is documented
-- requirements: PLAN-4
-- cites:        77263, paragraph 1, sentence 4
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  not_necessary
-- remedy:       Send the treating physician's signed statement of the condition that calls for IMRT; it justifies the complex planning.
-- asks:         necessity_statement
-- carc:         50
-- rarc:         N115

select
    coded_lines.claim_line_id as subject_id,
    necessity_of_courses.outcome,
    necessity_of_courses.because
from coded_lines
inner join necessity_of_courses on coded_lines.course_id = necessity_of_courses.course_id
where coded_lines.code_list = 'complex_clinical_planning'
