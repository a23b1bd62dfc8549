-- title:        At least one of the conditions of necessity is documented by the treating physician
-- fault:        No signed statement of the treating physician names a condition that requires IMRT
-- requirements: NEC-1, REC-4
-- cites:        indications, paragraph 3
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  not_necessary
-- remedy:       Send the treating physician's signed and dated statement that names at least one of the policy's conditions, where one holds for this patient. One is enough.
-- asks:         necessity_statement
-- carc:         50
-- rarc:         N115

select
    necessity_of_courses.course_id as subject_id,
    necessity_of_courses.outcome,
    necessity_of_courses.because
from necessity_of_courses
