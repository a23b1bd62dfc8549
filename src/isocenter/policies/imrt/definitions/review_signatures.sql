-- title: Papers of a plan with the day of their last signature and the days of treatment by their plan

-- Each statement, review and verification counts. Orders, plans and calculations are amended and printed again after
-- treatment: of each kind the first signed one counts, and none where one was signed without a day.
with

first_papers as (

    select
        plan_documents.document_id,
        row_number() over (
            partition by plan_documents.course_id, plan_documents.phase, plan_documents.kind
            order by plan_documents.physician_signed_on, plan_documents.document_id
        ) as place,
        count(case when plan_documents.physician_signed_on is null then 1 end)
            over (partition by plan_documents.course_id, plan_documents.phase, plan_documents.kind) as undated
    from plan_documents
    where
        plan_documents.kind in ('prescription', 'clinical_planning_note', 'plan_report', 'dosimetry_calculation')
        and plan_documents.is_signed_by_physician

),

-- A dosimetric verification is signed when both radiation oncologist and medical physicist have signed it.
signed as (

    select
        plan_documents.document_id,
        plan_documents.course_id,
        plan_documents.phase,
        first_papers.document_id is null as is_review,
        replace(plan_documents.kind, '_', ' ') as kind_in_words,
        -- Who has not signed yet, or without a day, may have signed after the treatment.
        plan_documents.kind <> 'dosimetric_verification'
        or (plan_documents.physician_signed_on is not null and plan_documents.physicist_signed_on is not null)
            as is_complete,
        case
            when
                plan_documents.kind = 'dosimetric_verification'
                and plan_documents.physicist_signed_on > plan_documents.physician_signed_on
                then plan_documents.physicist_signed_on
            else coalesce(plan_documents.physician_signed_on, plan_documents.physicist_signed_on)
        end as signed_on,
        case
            when
                plan_documents.kind = 'dosimetric_verification'
                and plan_documents.physicist_signed_on
                > coalesce(plan_documents.physician_signed_on, cast('1900-01-01' as date))
                then 'medical physicist'
            else 'physician'
        end as signer
    from plan_documents
    left join first_papers
        on
            plan_documents.document_id = first_papers.document_id
            and first_papers.place = 1
            and first_papers.undated = 0
    where
        (
            first_papers.document_id is not null
            or plan_documents.kind in ('image_review', 'dvh_review', 'dosimetric_verification', 'necessity_statement')
        )
        and (
            plan_documents.physician_signed_on is not null
            or (plan_documents.kind = 'dosimetric_verification' and plan_documents.physicist_signed_on is not null)
        )

)

select
    signed.document_id,
    signed.is_review,
    signed.signed_on,
    signed.is_complete,
    plan_phases.first_delivery,
    plan_phases.last_delivery,
    concat(
        signed.kind_in_words, ' ', signed.document_id, ' was signed by the ', signed.signer, ' on ', signed.signed_on,
        '; delivery', case when signed.phase > 1 then ' by the replan' else '' end, ' ran from ',
        plan_phases.first_delivery, ' to ', plan_phases.last_delivery
    ) as because
from signed
inner join plan_phases
    on
        signed.course_id = plan_phases.course_id
        and signed.phase = plan_phases.phase
where plan_phases.first_delivery is not null
