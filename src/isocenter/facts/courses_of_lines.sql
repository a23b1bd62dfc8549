-- Courses that claim lines name and the table of courses lacks.

select
    claim_lines.course_id,
    min(claim_lines.member_id) as member_id,
    -- A course that is billed to Medicare and to another payer beside it is Medicare's.
    case
        when max(case when claim_lines.line_of_business = 'medicare' then 1 else 0 end) = 1 then 'medicare'
        else max(claim_lines.line_of_business)
    end as line_of_business,
    '' as site,
    '' as laterality,
    '' as delivery_technique,
    '' as intent,
    cast(null as double) as prescribed_dose_gy,
    cast(null as integer) as planned_fractions,
    cast(null as date) as first_delivery,
    cast(null as date) as last_delivery,
    '' as jurisdiction
from claim_lines
where
    claim_lines.course_id <> ''
    and not exists (
        select 1 from courses
        where courses.course_id = claim_lines.course_id
    )
group by claim_lines.course_id
