-- title:        Image guidance is for targets next to critical structures that conventional targeting would not serve
-- fault:        The need for image guidance is not documented
-- requirements: IGRT-1
-- cites:        IGRT, paragraph 1, sentence 4
-- judges:       course
-- needs:        courses, claim_lines, documents
-- affects:      image_guidance_lines
-- consequence:  review
-- remedy:       Send the note that says which critical structures the target adjoins and why conventional targeting is inadequate.
-- asks:         image_guidance_note

with

guided as (

    select
        image_guidance_lines.course_id,
        count(*) as lines
    from image_guidance_lines
    group by image_guidance_lines.course_id

),

stated as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'adjacent_critical_structures' then 1 else 0 end) as is_adjacent,
        max(case when stated_elements.element = 'conventional_targeting_inadequate' then 1 else 0 end)
            as is_inadequate
    from stated_elements
    where stated_elements.kind = 'image_guidance_note'
    group by stated_elements.course_id

),

weighed as (

    select
        guided.course_id,
        guided.lines,
        coalesce(stated.is_adjacent, 0) as is_adjacent,
        coalesce(stated.is_inadequate, 0) as is_inadequate,
        documented_conditions.course_id is not null as is_in_statement,
        coalesce(signs_of_proximity.evidence, '') as evidence,
        coalesce(signs_of_proximity.shown, '') as shown
    from guided
    left join stated on guided.course_id = stated.course_id
    left join documented_conditions
        on
            guided.course_id = documented_conditions.course_id
            and documented_conditions.condition = 'condition_proximity'
    left join signs_of_proximity on guided.course_id = signs_of_proximity.course_id

)

select
    weighed.course_id as subject_id,
    case
        when weighed.is_inadequate = 0 then 'not_documented'
        when weighed.is_adjacent = 0 and not weighed.is_in_statement and weighed.evidence <> 'supports' then 'not_documented'
        when weighed.evidence = 'contradicts' then 'not_met'
        when weighed.is_inadequate = 1 then 'met'
    end as outcome,
    weighed.evidence,
    concat(
        'lines of image guidance billed: ', weighed.lines, '; ',
        case
            when weighed.is_adjacent = 1 then 'a note names the critical structures next to the target'
            when weighed.is_in_statement then 'the statement of need names the critical structures close by'
            when weighed.evidence = 'supports' then 'no note names the critical structures, the plan shows them'
            else 'no note names critical structures next to the target'
        end,
        case
            when weighed.is_inadequate = 1 then '; a note says why conventional targeting is inadequate'
            else '; no note says why conventional targeting is inadequate'
        end,
        case when weighed.shown = '' then '' else concat('; ', weighed.shown) end
    ) as because
from weighed
