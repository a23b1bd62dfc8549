-- title: What was measured on each structure, and between a target and it, by the standard name of the structure

select
    course_measures.course_id,
    course_measures.plan_id,
    structures.name,
    structures.standard_name,
    structures.role,
    course_measures.measure,
    course_measures.value
from course_measures
inner join structures
    on
        course_measures.plan_id = structures.plan_id
        and structures.name = coalesce(nullif(course_measures.beside, ''), course_measures.structure)
