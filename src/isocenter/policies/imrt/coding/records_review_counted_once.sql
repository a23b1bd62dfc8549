-- title:        A review of records is the basis of clinical planning or of a visit before it, not of both
-- fault:        The review of records is counted for both the visit and clinical planning
-- requirements: PLAN-3
-- cites:        77263, paragraph 1, sentence 3
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, high_level_visit
-- consequence:  review
-- remedy:       Show what the clinical planning rests on apart from the review that the visit already counts.

with

rests_on_records as (

    select distinct
        line_statements.claim_line_id,
        line_statements.kind
    from line_statements
    where
        line_statements.kind in ('clinical_planning_note', 'visit_note')
        and line_statements.element = 'records_review'

),

planning_with_visits as (

    select
        planning.claim_line_id,
        planning.service_date,
        max(visit.service_date) as last_visit,
        max(case when rests_on_records.claim_line_id is null then 0 else 1 end) as visit_rests_on_records
    from coded_lines as planning
    inner join coded_lines as visit
        on
            planning.course_id = visit.course_id
            and planning.service_date >= visit.service_date
            and visit.code_list = 'high_level_visit'
    left join rests_on_records
        on
            visit.claim_line_id = rests_on_records.claim_line_id
            and rests_on_records.kind = 'visit_note'
    where planning.code_list = 'complex_clinical_planning'
    group by planning.claim_line_id, planning.service_date

),

judged as (

    select
        planning_with_visits.claim_line_id,
        planning_with_visits.service_date,
        planning_with_visits.last_visit,
        planning_with_visits.visit_rests_on_records = 1 as visit_rests,
        rests_on_records.claim_line_id is not null as planning_rests
    from planning_with_visits
    left join rests_on_records
        on
            planning_with_visits.claim_line_id = rests_on_records.claim_line_id
            and rests_on_records.kind = 'clinical_planning_note'

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.visit_rests and judged.planning_rests then 'not_met'
        when judged.visit_rests or judged.planning_rests then 'met'
        else 'not_applicable'
    end as outcome,
    concat(
        'clinical planning on ', judged.service_date, ' after a high-level visit, the last on ', judged.last_visit,
        '; a review of records is stated as the basis of ',
        case
            when judged.visit_rests and judged.planning_rests then 'both'
            when judged.visit_rests then 'the visit alone'
            when judged.planning_rests then 'the planning alone'
            else 'neither'
        end
    ) as because
from judged
