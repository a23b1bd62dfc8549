-- Courses of therapy from bare claim lines: a member's lines belong together until a silence of `course_gap_days`.
-- Only lines whose code a policy knows (table codes) make a course; other lines stay without one.

with

radiation_lines as (

    select
        claim_lines.claim_line_id,
        claim_lines.member_id,
        claim_lines.service_date
    from claim_lines
    where exists (
        select 1 from codes
        where
            codes.code = claim_lines.procedure_code
            and codes.code_list <> 'high_level_visit'
    )

),

marked as (

    select
        radiation_lines.claim_line_id,
        radiation_lines.member_id,
        radiation_lines.service_date,
        lag(radiation_lines.service_date) over (
            partition by radiation_lines.member_id
            order by radiation_lines.service_date, radiation_lines.claim_line_id
        ) as previous_date
    from radiation_lines

),

numbered as (

    select
        marked.claim_line_id,
        marked.member_id,
        marked.service_date,
        sum(
            case
                when
                    marked.previous_date is null
                    or marked.service_date
                    > marked.previous_date
                    + (select cast(readings.number as integer) from readings where readings.name = 'course_gap_days')
                    then 1
                else 0
            end
        ) over (
            partition by marked.member_id
            order by marked.service_date, marked.claim_line_id
        ) as course_number
    from marked

)

select
    numbered.claim_line_id,
    numbered.member_id,
    concat(
        numbered.member_id, ' from ',
        min(numbered.service_date) over (partition by numbered.member_id, numbered.course_number)
    ) as course_id
from numbered
