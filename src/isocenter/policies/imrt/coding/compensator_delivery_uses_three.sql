-- title:        Compensator-based IMRT is delivered with three compensators or more
-- fault:        Compensator delivery is billed and three compensators are not shown
-- requirements: UTIL-4, SYS-2
-- cites:        coding, paragraph 5
-- judges:       course
-- formal:       yes
-- needs:        claim_lines
-- affects:      imrt_service_lines
-- rests_on:     none
-- consequence:  review
-- remedy:       Send the plan or the designs that show three compensators or more, or bill the delivery that was given.
-- asks:         compensator_design

with

billed as (

    select
        coded_lines.course_id,
        min(coded_lines.procedure_code) as procedure_code
    from coded_lines
    where coded_lines.code_list = 'compensator_delivery'
    group by coded_lines.course_id

),

planned as (

    select
        plans.course_id,
        count(*) as compensators
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where
        plan_fields.modulation = 'compensator'
        and plans.approval <> 'REJECTED'
    group by plans.course_id

),

-- Designs that name their portal can be counted; without a plan their number is the least there may be.
designed as (

    select
        final_documents.course_id,
        count(distinct document_elements.detail) as compensators
    from final_documents
    inner join document_elements on final_documents.document_id = document_elements.document_id
    where
        final_documents.kind = 'compensator_design'
        and document_elements.element = 'portal'
        and document_elements.detail <> ''
    group by final_documents.course_id

),

judged as (

    select
        billed.course_id,
        billed.procedure_code,
        planned.compensators as planned,
        coalesce(designed.compensators, 0) as designed,
        (
            select readings.number from readings
            where readings.name = 'least_compensators'
        ) as least
    from billed
    left join planned on billed.course_id = planned.course_id
    left join designed on billed.course_id = designed.course_id

)

select
    judged.course_id as subject_id,
    case
        when judged.planned >= judged.least or judged.designed >= judged.least then 'met'
        when judged.planned < judged.least then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        judged.procedure_code, ' is for at least ', cast(judged.least as integer), ' compensators; ',
        case
            when judged.planned is null then 'no supplied plan shows how many there were'
            else concat('compensators in the plan: ', judged.planned)
        end,
        ', designs in the chart: ', judged.designed
    ) as because
from judged
