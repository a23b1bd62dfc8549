-- title: Courses that irradiate a region again, as the record states it, as the plan shows it, or by the history

select
    signs_of_prior_irradiation.course_id,
    signs_of_prior_irradiation.shown
from signs_of_prior_irradiation
inner join courses on signs_of_prior_irradiation.course_id = courses.course_id
where
    signs_of_prior_irradiation.evidence = 'supports'
    and courses.site <> 'reirradiation'

union all

select
    courses.course_id,
    'the record names it as the site' as shown
from courses
where courses.site = 'reirradiation'
