-- title:        Clinical planning comes before the IMRT plan of its course
-- requirements: PLAN-2
-- cites:        77263, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Correct the date, or send the dated note of the change of anatomy that made a new planning necessary.
-- asks:         anatomy_change

with

plan_days as (

    select
        coded_lines.course_id,
        min(coded_lines.service_date) as first_plan,
        max(coded_lines.service_date) as last_plan
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'
    group by coded_lines.course_id

),

replanned as (

    select distinct anatomy_changes.course_id
    from anatomy_changes
    inner join plan_days on anatomy_changes.course_id = plan_days.course_id
    where anatomy_changes.document_date <= plan_days.last_plan

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.service_date <= plan_days.first_plan then 'met'
        when coded_lines.service_date > plan_days.last_plan then 'not_met'
        when replanned.course_id is not null then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'clinical planning on ', coded_lines.service_date, '; IMRT plan on ', plan_days.first_plan,
        case
            when plan_days.last_plan > plan_days.first_plan then concat(', the last one on ', plan_days.last_plan)
            else ''
        end,
        case
            when coded_lines.service_date <= plan_days.first_plan or coded_lines.service_date > plan_days.last_plan
                then ''
            when replanned.course_id is not null then '; a change of anatomy is documented'
            else '; no change of anatomy is documented'
        end
    ) as because
from coded_lines
inner join plan_days on coded_lines.course_id = plan_days.course_id
left join replanned on coded_lines.course_id = replanned.course_id
where coded_lines.code_list = 'complex_clinical_planning'
