-- The true courses of a part, with what makes each the course it is.

select
    course_name(course.number) as true_course,
    member_name(course.member_number) as member_id,
    course.line_of_business,
    course.site,
    course.technique,
    course.kind,
    course.place as setting,
    year(course.first_delivery)::integer as year,
    procedures.code as delivery_code,
    course.is_overlapping,
    course.revision,
    course.violation
from course
inner join procedures
    on
        concat(course.technique, '_delivery') = procedures.service
        and procedures.place in ('any', course.place)
        and course.first_delivery between procedures.valid_from and procedures.valid_to
order by course.number
