-- title: Lines of a pair's second code, each with every line of its first code of the same member, provider and day; open where a claim does not state its setting

with

pairs as (

    select
        procedure_pairs.column_one,
        procedure_pairs.column_two,
        procedure_pairs.setting,
        procedure_pairs.valid_from,
        procedure_pairs.valid_to,
        procedure_pairs.modifier_indicator
    from procedure_pairs
    -- The indicator 9 marks pairs that were taken back: as if they had never been.
    where procedure_pairs.modifier_indicator in (0, 1)

),

first_lines as (

    select edited_lines.*
    from edited_lines
    where edited_lines.procedure_code in (select pairs.column_one from pairs)

),

second_lines as (

    select edited_lines.*
    from edited_lines
    where edited_lines.procedure_code in (select pairs.column_two from pairs)

)

select
    second_lines.claim_line_id,
    second_lines.procedure_code,
    second_lines.service_date,
    first_lines.claim_line_id as first_line_id,
    first_lines.procedure_code as first_code,
    second_lines.setting = '' or first_lines.setting = '' as is_open,
    -- Of two rows of one pair on one day the stricter counts.
    min(pairs.modifier_indicator) as modifier_indicator
from second_lines
inner join first_lines
    on
        second_lines.member_id = first_lines.member_id
        and second_lines.provider = first_lines.provider
        and second_lines.service_date = first_lines.service_date
        and (
            second_lines.setting = first_lines.setting or second_lines.setting = '' or first_lines.setting = ''
        )
inner join pairs
    on
        first_lines.procedure_code = pairs.column_one
        and second_lines.procedure_code = pairs.column_two
        and pairs.setting = coalesce(nullif(second_lines.setting, ''), nullif(first_lines.setting, ''), pairs.setting)
where
    second_lines.claim_line_id <> first_lines.claim_line_id
    and second_lines.service_date >= coalesce(pairs.valid_from, second_lines.service_date)
    and second_lines.service_date <= coalesce(pairs.valid_to, second_lines.service_date)
group by
    second_lines.claim_line_id, second_lines.procedure_code, second_lines.service_date,
    first_lines.claim_line_id, first_lines.procedure_code, second_lines.setting, first_lines.setting
