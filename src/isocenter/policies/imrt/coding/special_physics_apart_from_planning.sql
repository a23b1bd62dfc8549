-- title:        Special physics consultation takes place at a time other than IMRT planning
-- fault:        Special physics consultation is not shown to be apart from IMRT planning
-- requirements: PHYS-2
-- cites:        77370, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Send the signed request and report of the consultation, which say what it was for apart from IMRT planning.
-- asks:         special_physics_consultation

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'other_modality' then 1 else 0 end) as is_for_another_modality
    from service_statements
    where
        service_statements.kind = 'special_physics_consultation'
        and service_statements.element in ('separate_from_planning', 'other_modality')
    group by service_statements.claim_line_id

),

plan_days as (

    select distinct
        coded_lines.course_id,
        coded_lines.service_date
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when stated.claim_line_id is not null then 'met'
        when plan_days.course_id is not null then 'not_documented'
        when coded_lines.service_date > treatment_starts.first_delivery then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'special physics consultation on ', coded_lines.service_date, '; ',
        case
            when stated.is_for_another_modality = 1 then 'its record says that it concerns another modality'
            when stated.claim_line_id is not null then 'its record says what sets it apart from IMRT planning'
            when plan_days.course_id is not null then 'an IMRT plan of the course is billed for the same day'
            when treatment_starts.first_delivery is null then 'no delivery is recorded or billed yet'
            else concat('first delivery on ', treatment_starts.first_delivery)
        end
    ) as because
from coded_lines
left join stated on coded_lines.claim_line_id = stated.claim_line_id
left join plan_days
    on
        coded_lines.course_id = plan_days.course_id
        and coded_lines.service_date = plan_days.service_date
left join treatment_starts on coded_lines.course_id = treatment_starts.course_id
where
    coded_lines.code_list = 'special_physics'
    and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
