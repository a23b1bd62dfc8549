-- title: Lines of add-on codes, each with the listed primary code and the other services that its provider billed for the day

with

listed as (

    select
        edited_lines.claim_line_id,
        edited_lines.member_id,
        edited_lines.provider,
        edited_lines.service_date,
        edited_lines.setting,
        edited_lines.procedure_code,
        add_on_codes.primary_code,
        add_on_codes.add_on_type
    from edited_lines
    inner join add_on_codes on edited_lines.procedure_code = add_on_codes.add_on_code
    where
        edited_lines.service_date >= coalesce(add_on_codes.valid_from, edited_lines.service_date)
        and edited_lines.service_date <= coalesce(add_on_codes.valid_to, edited_lines.service_date)

),

lines as (

    select
        listed.claim_line_id,
        listed.member_id,
        listed.provider,
        listed.service_date,
        listed.setting,
        listed.procedure_code,
        -- A code with an open list on some row has an open list.
        max(listed.add_on_type) as add_on_type
    from listed
    group by
        listed.claim_line_id, listed.member_id, listed.provider, listed.service_date, listed.setting,
        listed.procedure_code

),

primaries as (

    select
        listed.claim_line_id,
        min(others.procedure_code) as primary_code
    from listed
    inner join edited_lines as others
        on
            listed.primary_code = others.procedure_code
            and listed.member_id = others.member_id
            and listed.provider = others.provider
            and listed.service_date = others.service_date
            and listed.setting = others.setting
    where listed.claim_line_id <> others.claim_line_id
    group by listed.claim_line_id

),

services as (

    select
        lines.claim_line_id,
        min(others.procedure_code) as other_code
    from lines
    inner join edited_lines as others
        on
            lines.member_id = others.member_id
            and lines.provider = others.provider
            and lines.service_date = others.service_date
            and lines.setting = others.setting
    where not exists (
        select 1 from add_on_codes
        where add_on_codes.add_on_code = others.procedure_code
    )
    group by lines.claim_line_id

)

select
    lines.claim_line_id,
    lines.procedure_code,
    lines.service_date,
    lines.add_on_type,
    coalesce(primaries.primary_code, '') as primary_code,
    coalesce(services.other_code, '') as other_code
from lines
left join primaries on lines.claim_line_id = primaries.claim_line_id
left join services on lines.claim_line_id = services.claim_line_id
