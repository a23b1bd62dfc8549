-- title:        The technical part of CT and stereoscopic guidance is at least directly supervised
-- requirements: IGRT-5
-- cites:        IGRT, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines
-- shown_by:     image_guidance
-- consequence:  deny
-- remedy:       Send the record of the day that says how the physician supervised the guidance.

with

virtual as (

    select cast(readings.meaning as date) as valid_from
    from readings
    where readings.name = 'virtual_direct_supervision_from'

),

-- General is below direct, direct below personal; the highest level stated for the day counts.
levels as (

    select
        image_guidance.course_id,
        image_guidance.guided_on,
        max(case
            when image_guidance.supervision = 'personal' then 3
            when image_guidance.supervision = 'direct' then 2
            when image_guidance.supervision = 'virtual_direct' and image_guidance.guided_on >= virtual.valid_from then 2
            when image_guidance.supervision = '' then 0
            else 1
        end) as level
    from image_guidance
    cross join virtual
    group by image_guidance.course_id, image_guidance.guided_on

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when coalesce(levels.level, 0) = 0 then 'not_documented'
        when levels.level >= 2 then 'met'
        else 'not_met'
    end as outcome,
    case coalesce(levels.level, 0)
        when 3 then 'personal supervision'
        when 2 then 'direct supervision'
        when 1 then 'no more than general supervision, or presence by picture before it counted as direct'
        else 'no record states the supervision'
    end as because
from coded_lines
left join levels
    on
        coded_lines.course_id = levels.course_id
        and coded_lines.service_date = levels.guided_on
where
    coded_lines.code_list = 'direct_supervision_guidance'
    and coded_lines.bills_technical_part
