-- title:        No more IMRT fractions are billed than were ordered
-- fault:        More IMRT fractions are billed than were ordered
-- requirements: UTIL-1
-- cites:        utilization, paragraph 1, sentence 2
-- judges:       claim_line
-- formal:       yes
-- after_service: yes
-- needs:        courses, claim_lines
-- rests_on:     itself, delivery_kinds
-- consequence:  review
-- remedy:       Send the signed order that added or changed fractions, the treatment record of a fraction that was repeated, or the diagnosis of the other tumor if the line is for one; otherwise withdraw the fractions that were not ordered.
-- asks:         prescription

with

ordered as (

    select
        courses.course_id,
        courses.planned_fractions as fractions
    from courses
    where courses.planned_fractions > 0

),

-- Lines of several days may be billed before for some of these days alone.
billed_before as (

    select
        services_billed_before.claim_line_id,
        count(distinct case when services_billed_before.is_of_span then services_billed_before.service_day end) as days
    from services_billed_before
    where services_billed_before.claim_id > services_billed_before.first_claim_with_unnamed
    group by services_billed_before.claim_line_id

),

-- Not counted: lines for a tumor without an IMRT plan, lines that are billed again and unfinished sessions.
lines as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date,
        imrt_delivery_lines.procedure_code,
        imrt_delivery_lines.units - coalesce(billed_before.days, 0) as units,
        ordered.fractions as ordered_fractions,
        case
            when lines_by_tumor.icd10 between 'C77' and 'C78' then null
            else nullif(concat(lines_by_tumor.site, ' ', lines_by_tumor.laterality), ' ')
        end as tumor
    from imrt_delivery_lines
    inner join ordered on imrt_delivery_lines.course_id = ordered.course_id
    left join lines_for_other_tumors on imrt_delivery_lines.claim_line_id = lines_for_other_tumors.claim_line_id
    left join services_repeated_on_a_claim
        on imrt_delivery_lines.claim_line_id = services_repeated_on_a_claim.claim_line_id
    left join billed_before on imrt_delivery_lines.claim_line_id = billed_before.claim_line_id
    left join lines_by_tumor
        on
            imrt_delivery_lines.claim_line_id = lines_by_tumor.claim_line_id
            and lines_by_tumor.place = 1
    where
        imrt_delivery_lines.bills_technical_part
        and lines_for_other_tumors.claim_line_id is null
        and services_repeated_on_a_claim.claim_line_id is null
        and (
            billed_before.claim_line_id is null
            or (
                billed_before.days > 0
                and billed_before.days < imrt_delivery_lines.units
                and imrt_delivery_lines.last_service_date > imrt_delivery_lines.service_date
            )
        )
        and not exists (
            select 1 from modifiers_of_unfinished_sessions
            where
                modifiers_of_unfinished_sessions.modifier in (
                    imrt_delivery_lines.modifier_1, imrt_delivery_lines.modifier_2,
                    imrt_delivery_lines.modifier_3, imrt_delivery_lines.modifier_4
                )
        )

),

-- The order may be for each of two tumors; lymph nodes are treated with the primary.
by_tumor as (

    select
        lines.*,
        coalesce(lines.tumor, min(lines.tumor) over (partition by lines.course_id), '') as counted_with
    from lines

),

by_day as (

    select
        by_tumor.*,
        min(by_tumor.procedure_code) over (
            partition by by_tumor.course_id, by_tumor.counted_with, by_tumor.service_date
        ) as code_of_day
    from by_tumor

),

-- One session under two codes, as of physician and hospital, is one fraction; that it has two is judged elsewhere.
counted as (

    select
        by_day.*,
        cast(sum(by_day.units) over (
            partition by by_day.course_id, by_day.counted_with
            order by by_day.service_date, by_day.claim_line_id
        ) as bigint) as units_so_far
    from by_day
    where by_day.procedure_code = by_day.code_of_day

),

-- Documents that may have added fractions; they do not state how many.
reasons as (

    select
        final_documents.course_id,
        count(case when final_documents.kind = 'prescription' then 1 end) as prescriptions,
        min(case when final_documents.kind <> 'prescription' then final_documents.document_id end) as note
    from final_documents
    inner join ordered on final_documents.course_id = ordered.course_id
    where final_documents.kind in ('prescription', 'field_change_note', 'anatomy_change')
    group by final_documents.course_id

),

planned as (

    select
        plans.course_id,
        cast(sum(plans.fractions) as bigint) as fractions
    from plans
    inner join ordered on plans.course_id = ordered.course_id
    where
        plans.fractions > 0
        and plans.approval <> 'REJECTED'
        and plans.origin <> 'computed'
        and plans.summed_plans is null
        and coalesce(plans.is_evidence, true)
    group by plans.course_id

),

judged as (

    select
        counted.*,
        coalesce(reasons.prescriptions, 0) as prescriptions,
        reasons.note,
        planned.fractions as planned_fractions,
        case
            when counted.units_so_far <= counted.ordered_fractions then 'met'
            when reasons.prescriptions > 1 or reasons.note is not null then 'not_documented'
            when planned.fractions >= counted.units_so_far then 'not_documented'
            when counted.units_so_far > counted.ordered_fractions then 'not_met'
        end as outcome
    from counted
    left join reasons on counted.course_id = reasons.course_id
    left join planned on counted.course_id = planned.course_id

)

select
    judged.claim_line_id as subject_id,
    judged.outcome,
    concat(
        'IMRT fractions billed ', case when judged.counted_with = '' then 'in the course' else 'for the tumor' end,
        ' through ', judged.service_date, ': ', judged.units_so_far,
        '; fractions ordered: ', judged.ordered_fractions,
        case
            when judged.outcome = 'met' then ''
            when judged.prescriptions > 1
                then concat('; ', judged.prescriptions, ' prescriptions were supplied: check whether one adds fractions')
            when judged.note is not null
                then concat('; ', judged.note, ' changes the plan, but no order for additional fractions was supplied')
            when judged.outcome = 'not_documented'
                then concat(
                    '; the plans supplied have ', judged.planned_fractions, ' fractions, but the order has ',
                    judged.ordered_fractions
                )
            else '; no order for additional fractions was supplied'
        end
    ) as because
from judged
