-- title:        The policy covers courses that plan or deliver IMRT
-- requirements: CODE-1
-- cites:        coding, paragraph 5
-- judges:       course
-- needs:        courses, claim_lines
-- consequence:  inform
-- remedy:       Add the claim of the plan or of the delivery, or the plan itself, so that it shows whether the course is IMRT.

with

-- Since 2026 these codes deliver IMRT as well as 3D treatment, and only the plan says which.
ambiguous_delivery as (

    select distinct coded_lines.course_id
    from coded_lines
    where coded_lines.code_list = 'imrt_delivery_if_planned'

),

-- What accompanies a treatment of any kind, where no claim supplied shows the treatment itself.
accompanying_services as (

    select distinct coded_lines.course_id
    from coded_lines
    where
        coded_lines.code_list in (
            'weekly_management', 'continuing_physics', 'image_guidance', 'multileaf_devices'
        )

),

delivered as (

    select distinct delivery_lines.course_id
    from delivery_lines

),

planned_otherwise as (

    select coded_lines.course_id
    from coded_lines
    where coded_lines.code_list in ('plan_3d', 'teletherapy_isodose', 'brachytherapy_isodose')

    union

    select plan_techniques.course_id
    from plan_techniques
    where not plan_techniques.is_imrt

)

select
    courses.course_id as subject_id,
    case
        when courses_under_review.course_id is not null then 'met'
        when ambiguous_delivery.course_id is not null and planned_otherwise.course_id is null then 'not_documented'
        when
            accompanying_services.course_id is not null
            and delivered.course_id is null
            and planned_otherwise.course_id is null
            then 'not_documented'
        else 'not_applicable'
    end as outcome,
    case
        when courses_under_review.course_id is not null
            then 'a service of IMRT is billed, planned, recorded or asked for in this course'
        when ambiguous_delivery.course_id is not null and planned_otherwise.course_id is null
            then 'its delivery codes do not distinguish IMRT from 3D treatment, and no plan is billed or supplied'
        when
            accompanying_services.course_id is not null
            and delivered.course_id is null
            and planned_otherwise.course_id is null
            then 'services that accompany a treatment are billed, and no supplied claim plans or delivers the treatment'
        else 'no claim line of this course is for IMRT and no supplied plan is IMRT'
    end as because
from courses
left join courses_under_review on courses.course_id = courses_under_review.course_id
left join ambiguous_delivery on courses.course_id = ambiguous_delivery.course_id
left join accompanying_services on courses.course_id = accompanying_services.course_id
left join delivered on courses.course_id = delivered.course_id
left join planned_otherwise on courses.course_id = planned_otherwise.course_id
