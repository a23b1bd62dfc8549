-- title:        A course has few stereotactic fractions
-- requirements: SB-3
-- cites:        limits, paragraph 1, sentence 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill the fractions of the course alone.
-- carc:         119

with

numbered as (

    select
        sbrt_lines.claim_line_id,
        sbrt_lines.service_date,
        sum(sbrt_lines.units) over (
            partition by sbrt_lines.course_id
            order by sbrt_lines.service_date, sbrt_lines.claim_line_id
        ) as fractions_so_far
    from sbrt_lines
    where sbrt_lines.code_list = 'sbrt_delivery'

)

select
    numbered.claim_line_id as subject_id,
    case
        when numbered.fractions_so_far > readings.number then 'not_met'
        when numbered.fractions_so_far <= readings.number then 'met'
    end as outcome,
    concat(
        'fraction ', cast(numbered.fractions_so_far as bigint), ' of the course; at most ',
        cast(readings.number as bigint), ' on ', numbered.service_date
    ) as because
from numbered
inner join readings
    on
        readings.name = 'most_fractions'
        and numbered.service_date between readings.valid_from and readings.valid_to
