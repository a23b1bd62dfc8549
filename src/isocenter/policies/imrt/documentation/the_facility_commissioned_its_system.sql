-- title:        A qualified medical physicist commissioned the facility's IMRT system, authorised it and set up its quality assurance
-- requirements: VER-2
-- cites:        verification, paragraph 1, sentence 4
-- judges:       facility
-- needs:        claim_lines, attestations
-- uses:         plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the facility's attestation by its medical physicist: commissioning, authorisation for clinical use, quality assurance programme, each with its dates. One attestation serves all cases.

with

-- From the first to the last day on which the facility bills IMRT here.
billed as (

    select
        claim_lines.billing_npi,
        min(claim_lines.service_date) as first_day,
        max(claim_lines.service_date) as last_day,
        count(distinct claim_lines.course_id) as courses
    from claim_lines
    inner join imrt_service_lines on claim_lines.claim_line_id = imrt_service_lines.claim_line_id
    where claim_lines.billing_npi <> ''
    group by claim_lines.billing_npi

),

attested as (

    select
        billed.billing_npi,
        max(case when attestations.element = 'commissioning' then 1 else 0 end) as is_commissioned,
        max(case when attestations.element = 'authorized_for_clinical_use' then 1 else 0 end) as is_authorized,
        max(case when attestations.element = 'quality_assurance_program' then 1 else 0 end) as has_program
    from billed
    inner join attestations on billed.billing_npi = attestations.billing_npi
    where
        attestations.physicist <> ''
        and (attestations.valid_from is null or attestations.valid_from <= billed.first_day)
        and (attestations.valid_to is null or attestations.valid_to >= billed.last_day)
    group by billed.billing_npi

)

select
    billed.billing_npi as subject_id,
    case
        when attested.is_commissioned = 1 and attested.is_authorized = 1 and attested.has_program = 1 then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'facility ', billed.billing_npi, ', IMRT billed from ', billed.first_day, ' to ', billed.last_day, ' in ',
        billed.courses, ' course(s); attested by a named physicist for all these days: commissioning ',
        case when attested.is_commissioned = 1 then 'yes' else 'no' end, ', authorisation for clinical use ',
        case when attested.is_authorized = 1 then 'yes' else 'no' end, ', quality assurance programme ',
        case when attested.has_program = 1 then 'yes' else 'no' end
    ) as because
from billed
left join attested on billed.billing_npi = attested.billing_npi
