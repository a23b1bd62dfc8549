-- Courses as a screening keeps them: with their provider, their amounts and the recommendation.

select
    courses.course_id,
    courses.member_id,
    courses.line_of_business,
    coalesce(course_providers.billing_npi, '') as billing_npi,
    course_providers.first_service,
    coalesce(course_providers.lines, 0) as lines,
    course_providers.charge_amount,
    course_providers.allowed_amount,
    recommended_courses.recommendation
from courses
inner join recommended_courses on courses.course_id = recommended_courses.course_id
left join course_providers on courses.course_id = course_providers.course_id
