-- title: Claim lines of guidance by a named method, each with the set-ups of its day by their level of supervision

with

-- Presence by sound and picture counts as direct from a day on, before it as general.
levels as (

    select
        image_guidance.course_id,
        image_guidance.guided_on,
        image_guidance.method,
        methods_in_words.in_words,
        case
            when image_guidance.supervision = 'virtual_direct' and image_guidance.guided_on >= virtual.valid_from then 2
            when image_guidance.supervision = 'virtual_direct' then 1
            else cast(supervision_levels.level as integer)
        end as level
    from image_guidance
    left join supervision_levels on image_guidance.supervision = supervision_levels.supervision
    left join methods_in_words on image_guidance.method = methods_in_words.method
    cross join (
        select cast(readings.meaning as date) as valid_from
        from readings
        where readings.name = 'virtual_direct_supervision_from'
    ) as virtual

),

lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.procedure_code,
        coded_lines.bills_technical_part,
        guidance_methods.method,
        methods_in_words.in_words as method_in_words,
        cast(sum(case when coded_lines.bills_technical_part then coded_lines.units else 0 end) over (
            partition by coded_lines.course_id, coded_lines.service_date, guidance_methods.method
            order by coded_lines.claim_line_id
        ) as bigint) as set_ups_billed
    from coded_lines
    inner join guidance_methods on coded_lines.code_list = guidance_methods.code_list
    inner join methods_in_words on guidance_methods.method = methods_in_words.method

)

select
    lines.claim_line_id,
    lines.course_id,
    lines.service_date,
    lines.procedure_code,
    lines.bills_technical_part,
    lines.method_in_words,
    lines.set_ups_billed,
    count(levels.course_id) as set_ups_of_the_day,
    count(case when levels.method = lines.method then 1 end) as set_ups_by_method,
    -- A set-up whose method the record does not name may be one by this method.
    count(case when levels.method in ('', lines.method) then 1 end) as set_ups,
    count(case when levels.method in ('', lines.method) and levels.level >= 2 then 1 end) as supervised_directly,
    count(case when levels.method in ('', lines.method) and levels.level >= 1 then 1 end) as supervised,
    count(case when levels.method in ('', lines.method) and levels.level is null then 1 end) as level_not_stated,
    coalesce(min(case when levels.method not in ('', lines.method) then levels.in_words end), '') as other_method
from lines
left join levels
    on
        lines.course_id = levels.course_id
        and lines.service_date = levels.guided_on
group by
    lines.claim_line_id, lines.course_id, lines.service_date, lines.procedure_code, lines.bills_technical_part,
    lines.method, lines.method_in_words, lines.set_ups_billed
