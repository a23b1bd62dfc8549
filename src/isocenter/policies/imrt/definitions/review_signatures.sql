-- title: Papers of a plan with the day of their last signature and the days of treatment by their plan

-- Each verification counts, and each statement and review that does not repeat an earlier one. Orders, plans and
-- calculations are amended and printed again after treatment: of each kind the first signed one counts, and none where
-- one was signed without a day.
with

-- A second plan may have its own statement and reviews in the same words, so nothing there is taken for a repeat.
courses_of_several_plans as (

    select plan_parts.course_id
    from plan_parts
    where plan_parts.code_list = 'imrt_plan' and plan_parts.units_needing > 0

    union all

    select plans.course_id
    from plans
    where plans.origin = 'clinic' and plans.summed_plans is null
    group by plans.course_id
    having count(*) > 1

    union all

    select fractions.course_id
    from fractions
    where fractions.plan_id <> ''
    group by fractions.course_id
    having min(fractions.plan_id) < max(fractions.plan_id)

    union all

    select final_documents.course_id
    from final_documents
    where final_documents.kind = 'anatomy_change'

),

repeatable as (

    select
        plan_documents.document_id,
        plan_documents.course_id,
        plan_documents.phase,
        plan_documents.kind,
        plan_documents.claim_line_id,
        plan_documents.physician_signed_on
    from plan_documents
    left join courses_of_several_plans on plan_documents.course_id = courses_of_several_plans.course_id
    where
        plan_documents.kind in ('image_review', 'dvh_review', 'necessity_statement')
        and plan_documents.physician_signed_on is not null
        and courses_of_several_plans.course_id is null

),

pairs as (

    select
        repeatable.document_id,
        earlier.document_id as earlier_id
    from repeatable
    inner join repeatable as earlier
        on
            repeatable.course_id = earlier.course_id
            and repeatable.phase = earlier.phase
            and repeatable.kind = earlier.kind
            and repeatable.claim_line_id = earlier.claim_line_id
    where earlier.physician_signed_on < repeatable.physician_signed_on

),

-- A paper that states nothing may be about anything, so it repeats none.
repeats as (

    select distinct compared.document_id
    from (
        select
            pairs.document_id,
            pairs.earlier_id,
            count(*) as stated,
            count(earlier_elements.document_id) as stated_earlier
        from pairs
        inner join (
            select distinct document_elements.document_id, document_elements.element, document_elements.detail
            from document_elements
        ) as elements on pairs.document_id = elements.document_id
        left join (
            select distinct document_elements.document_id, document_elements.element, document_elements.detail
            from document_elements
        ) as earlier_elements
            on
                pairs.earlier_id = earlier_elements.document_id
                and elements.element = earlier_elements.element
                and elements.detail = earlier_elements.detail
        group by pairs.document_id, pairs.earlier_id
    ) as compared
    where compared.stated = compared.stated_earlier

),

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
    left join repeats on plan_documents.document_id = repeats.document_id
    where
        repeats.document_id is null
        and (
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
