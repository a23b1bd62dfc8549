-- Findings of the rules that compare courses with each other, as a screening keeps them: no line's amount is at stake.

select
    peer_findings.policy,
    peer_findings.rule,
    peer_findings.subject_kind,
    peer_findings.subject_id,
    coalesce(screened_courses.course_id, '') as course_id,
    peer_findings.outcome,
    peer_findings.consequence,
    peer_findings.because,
    peer_findings.evidence,
    peer_findings.units_allowed,
    case
        when peer_findings.subject_kind = 'facility' then peer_findings.subject_id
        else coalesce(screened_courses.billing_npi, '')
    end as billing_npi,
    cast(date_trunc('month', screened_courses.first_service) as date) as service_month,
    cast(null as double) as charge_amount,
    cast(null as double) as allowed_amount
from peer_findings
left join screened_courses
    on
        peer_findings.subject_kind = 'course'
        and peer_findings.subject_id = screened_courses.course_id
where peer_findings.outcome <> 'met'
