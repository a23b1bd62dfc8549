-- title:        Basic dosimetry is paid for fields with an independent check apart from the plan
-- fault:        More calculations are billed than fields with an independent check
-- requirements: CALC-2, SYS-6
-- cites:        77300, paragraph 1, sentence 3
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  reduce
-- remedy:       Send the independent check of each field for which a calculation is billed.
-- asks:         dosimetry_calculation
-- carc:         151

with

-- A field counts once for each plan, in however many printouts; a check that names no field counts once a document.
checks_in_chart as (

    select
        plan_elements.course_id,
        count(distinct concat(
            plan_elements.phase, ' ',
            case when plan_elements.detail = '' then plan_elements.document_id else '' end, ' ',
            replace(replace(replace(lower(plan_elements.detail), 'field ', ''), 'beam ', ''), 'portal ', '')
        )) as fields,
        -- Fields named together, without their number, may be as many as are billed.
        max(case
            when concat(' ', lower(plan_elements.detail), ' ') like '% all %' then 1
            when concat(' ', lower(plan_elements.detail), ' ') like '% each %' then 1
            when concat(' ', lower(plan_elements.detail), ' ') like '% every %' then 1
            when lower(plan_elements.detail) like '% and %' then 1
            when lower(plan_elements.detail) like '%,%' then 1
            when lower(plan_elements.detail) like '%&%' then 1
            when lower(plan_elements.detail) like '%fields%' then 1
            when lower(plan_elements.detail) like '%beams%' then 1
            when lower(plan_elements.detail) like '%portals%' then 1
            when lower(plan_elements.detail) like '%arcs%' then 1
            else 0
        end) as names_several,
        -- A result in percent without a field may be that of the whole plan, and so of every field.
        max(case
            when lower(plan_elements.detail) like '%field%' then 0
            when lower(plan_elements.detail) like '%beam%' then 0
            when lower(plan_elements.detail) like '%portal%' then 0
            when lower(plan_elements.detail) like '%arc%' then 0
            when length(replace(plan_elements.detail, '%', '')) < length(plan_elements.detail) then 1
            when lower(plan_elements.detail) like '%percent%' then 1
            when concat(' ', lower(plan_elements.detail), ' ') like '% plan %' then 1
            else 0
        end) as names_none
    from plan_elements
    where
        plan_elements.kind = 'dosimetry_calculation'
        and plan_elements.element = 'independent_check'
    group by plan_elements.course_id

),

-- A check of the whole plan names no field, and the text asks for one for each.
checks_on_record as (

    select
        verifications.course_id,
        count(distinct concat(verifications.plan_id, ' ', verifications.field)) as fields
    from verifications
    where
        verifications.kind = 'independent_calculation'
        and verifications.field <> ''
    group by verifications.course_id

),

calculations as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coded_lines.units,
        greatest(coalesce(checks_in_chart.fields, 0), coalesce(checks_on_record.fields, 0)) as fields_checked,
        coalesce(checks_in_chart.names_several, 0) = 1 as names_several,
        coalesce(checks_in_chart.names_none, 0) = 1 as names_none,
        greatest(
            case
                when coded_lines.bills_professional_part
                    then sum(case when coded_lines.bills_professional_part then coded_lines.units else 0 end) over (
                        partition by coded_lines.course_id
                        order by coded_lines.service_date, coded_lines.claim_line_id
                    )
                else 0
            end,
            case
                when coded_lines.bills_technical_part
                    then sum(case when coded_lines.bills_technical_part then coded_lines.units else 0 end) over (
                        partition by coded_lines.course_id
                        order by coded_lines.service_date, coded_lines.claim_line_id
                    )
                else 0
            end
        ) as units_so_far
    from coded_lines
    left join checks_in_chart on coded_lines.course_id = checks_in_chart.course_id
    left join checks_on_record on coded_lines.course_id = checks_on_record.course_id
    where
        coded_lines.code_list = 'basic_dosimetry'
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

)

select
    calculations.claim_line_id as subject_id,
    case
        when calculations.fields_checked = 0 then 'not_documented'
        when calculations.units_so_far <= calculations.fields_checked then 'met'
        when calculations.names_several or calculations.names_none then 'not_documented'
        else 'not_met'
    end as outcome,
    concat(
        'calculations billed by ', calculations.service_date, ': ', cast(calculations.units_so_far as bigint),
        case
            when calculations.names_several and calculations.units_so_far > calculations.fields_checked
                then '; a record names several checked fields together, and not how many they are'
            when calculations.names_none and calculations.units_so_far > calculations.fields_checked
                then '; a record does not say which fields were checked'
            else concat('; fields with an independent check: ', calculations.fields_checked)
        end
    ) as because,
    cast(greatest(
        0, least(calculations.units, calculations.units - calculations.units_so_far + calculations.fields_checked)
    ) as bigint) as units_allowed
from calculations
