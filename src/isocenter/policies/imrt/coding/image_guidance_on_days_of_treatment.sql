-- title:        Image guidance is billed for a day on which the patient was treated
-- fault:        Image guidance is billed for a day without treatment
-- requirements: IGRT-1, UTIL-4
-- cites:        IGRT, paragraph 1, sentence 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Send the treatment record of that day, or correct the date.

with

treated_courses as (

    select distinct treatment_days.course_id
    from treatment_days

),

-- CT on the day of a simulation places the fields; it is planning, not the set-up of a treatment.
simulated_days as (

    select distinct
        coded_lines.course_id,
        coded_lines.service_date
    from coded_lines
    where coded_lines.code_list = 'simulation'

),

ct_lines as (

    select distinct coded_lines.claim_line_id
    from coded_lines
    where coded_lines.code_list = 'guidance_by_ct'

)

select
    image_guidance_lines.claim_line_id as subject_id,
    case
        when treatment_days.course_id is not null then 'met'
        when ct_lines.claim_line_id is not null and simulated_days.course_id is not null then 'not_applicable'
        when treated_courses.course_id is null then 'not_applicable'
        else 'not_documented'
    end as outcome,
    concat(
        'image guidance on ', image_guidance_lines.service_date, '; ',
        case
            when treatment_days.course_id is not null then 'the course was treated on that day'
            when ct_lines.claim_line_id is not null and simulated_days.course_id is not null
                then 'it is CT on a day of simulation'
            when treated_courses.course_id is null then 'no treatment of the course is recorded or billed'
            else 'no treatment of the course is recorded or billed for that day'
        end
    ) as because
from image_guidance_lines
left join treatment_days
    on
        image_guidance_lines.course_id = treatment_days.course_id
        and image_guidance_lines.service_date = treatment_days.treated_on
left join treated_courses on image_guidance_lines.course_id = treated_courses.course_id
left join simulated_days
    on
        image_guidance_lines.course_id = simulated_days.course_id
        and image_guidance_lines.service_date = simulated_days.service_date
left join ct_lines on image_guidance_lines.claim_line_id = ct_lines.claim_line_id
