-- title:        A qualified medical physicist commissioned the facility's IMRT system, authorized it and set up its quality assurance
-- fault:        The facility has not attested that its IMRT system was commissioned
-- requirements: VER-2
-- cites:        verification, paragraph 1, sentence 4
-- judges:       facility
-- needs:        claim_lines, attestations
-- affects:      technical_imrt_lines
-- consequence:  review
-- remedy:       Send the facility's attestation by its medical physicist: commissioning, authorization for clinical use, quality assurance program, each with its dates. One attestation serves all cases.

with

days as (

    select distinct
        lines_with_components.billing_npi,
        lines_with_components.service_date
    from lines_with_components
    inner join technical_imrt_lines on lines_with_components.claim_line_id = technical_imrt_lines.claim_line_id
    where lines_with_components.billing_npi <> ''

),

-- A renewed attestation covers the days after the one before, so each day is asked for itself. One that does not say
-- since when it holds covers none.
attested as (

    select
        days.billing_npi,
        days.service_date,
        max(case when attestations.element = 'commissioning' then 1 else 0 end) as is_commissioned,
        max(case when attestations.element = 'authorized_for_clinical_use' then 1 else 0 end) as is_authorized,
        max(case when attestations.element = 'quality_assurance_program' then 1 else 0 end) as has_program
    from days
    left join attestations
        on
            days.billing_npi = attestations.billing_npi
            and attestations.physicist <> ''
            and attestations.valid_from <= days.service_date
            and coalesce(attestations.valid_to, days.service_date) >= days.service_date
    group by days.billing_npi, days.service_date

),

facilities as (

    select
        attested.billing_npi,
        count(*) as days,
        min(attested.service_date) as first_day,
        max(attested.service_date) as last_day,
        cast(sum(attested.is_commissioned) as bigint) as days_commissioned,
        cast(sum(attested.is_authorized) as bigint) as days_authorized,
        cast(sum(attested.has_program) as bigint) as days_with_program
    from attested
    group by attested.billing_npi

)

select
    facilities.billing_npi as subject_id,
    case
        when
            facilities.days_commissioned = facilities.days
            and facilities.days_authorized = facilities.days
            and facilities.days_with_program = facilities.days
            then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'days with IMRT billed: ', facilities.days, ', from ',
        facilities.first_day, ' to ', facilities.last_day, '; days on which a named physicist attests commissioning: ',
        facilities.days_commissioned, ', authorization for clinical use: ', facilities.days_authorized,
        ', quality assurance program: ', facilities.days_with_program
    ) as because
from facilities
