-- title:        Image guidance is done by radiation oncologist, medical physicist or trained therapist
-- fault:        The record does not show that trained staff performed the image guidance
-- requirements: IGRT-2
-- cites:        IGRT, paragraph 1, sentence 5
-- judges:       claim_line
-- needs:        claim_lines, image_guidance
-- consequence:  review
-- remedy:       Send the record of that day's image guidance with the role of the person who performed it.

with

-- The day's set-ups of the course, as the record of image guidance holds them.
days as (

    select
        image_guidance.course_id,
        image_guidance.guided_on,
        count(*) as set_ups,
        count(case when image_guidance.performed_by_role = '' then 1 end) as by_nobody_named,
        count(case when image_guidance.performed_by_role = 'other' then 1 end) as by_others
    from image_guidance
    group by image_guidance.course_id, image_guidance.guided_on

)

select
    image_guidance_lines.claim_line_id as subject_id,
    case
        when days.course_id is null then 'not_documented'
        when days.by_others > 0 then 'not_met'
        when days.by_nobody_named > 0 then 'not_documented'
        when days.set_ups > 0 then 'met'
    end as outcome,
    case
        when days.course_id is null then 'no set-up of that day is on record'
        else concat(
            'set-ups on record: ', days.set_ups,
            ', done by someone else than radiation oncologist, physicist or therapist: ', days.by_others,
            ', without the role of who did it: ', days.by_nobody_named
        )
    end as because
from image_guidance_lines
left join days
    on
        image_guidance_lines.course_id = days.course_id
        and image_guidance_lines.service_date = days.guided_on
