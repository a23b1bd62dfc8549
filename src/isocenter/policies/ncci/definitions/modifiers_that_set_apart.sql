-- title: Lines whose modifiers set services apart, each with the modifier that counts on the first and on the second code of a pair

with

borne as (

    select
        edited_lines.claim_line_id,
        edited_lines.service_date,
        edited_lines.setting,
        edited_lines.modifier_1 as modifier
    from edited_lines
    where edited_lines.modifier_1 <> ''

    union all

    select
        edited_lines.claim_line_id,
        edited_lines.service_date,
        edited_lines.setting,
        edited_lines.modifier_2 as modifier
    from edited_lines
    where edited_lines.modifier_2 <> ''

    union all

    select
        edited_lines.claim_line_id,
        edited_lines.service_date,
        edited_lines.setting,
        edited_lines.modifier_3 as modifier
    from edited_lines
    where edited_lines.modifier_3 <> ''

    union all

    select
        edited_lines.claim_line_id,
        edited_lines.service_date,
        edited_lines.setting,
        edited_lines.modifier_4 as modifier
    from edited_lines
    where edited_lines.modifier_4 <> ''

)

select
    borne.claim_line_id,
    coalesce(min(case
        when codes.code_list in ('apart_on_first_code', 'apart_on_first_code_of_practitioners') then borne.modifier
    end), '') as on_first_code,
    coalesce(min(case when codes.code_list = 'apart_on_second_code' then borne.modifier end), '') as on_second_code
from borne
inner join codes
    on
        borne.modifier = codes.code
        and borne.service_date between codes.valid_from and codes.valid_to
where
    codes.code_list in ('apart_on_first_code', 'apart_on_second_code')
    or (codes.code_list = 'apart_on_first_code_of_practitioners' and borne.setting = 'professional')
group by borne.claim_line_id
