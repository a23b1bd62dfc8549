-- Findings of the rules that compare courses with each other, as a screening keeps them: no line's amount is at stake.

select
    comparisons.policy,
    comparisons.rule,
    comparisons.subject_kind,
    comparisons.subject_id,
    coalesce(screened_courses.course_id, '') as course_id,
    comparisons.outcome,
    comparisons.consequence,
    comparisons.because,
    comparisons.evidence,
    comparisons.units_allowed,
    case
        when comparisons.subject_kind = 'facility' then comparisons.subject_id
        else coalesce(screened_courses.billing_npi, '')
    end as billing_npi,
    cast(date_trunc('month', screened_courses.first_service) as date) as service_month,
    cast(null as double) as charge_amount,
    cast(null as double) as allowed_amount
from comparisons
left join screened_courses
    on
        comparisons.subject_kind = 'course'
        and comparisons.subject_id = screened_courses.course_id
where comparisons.outcome <> 'met'
