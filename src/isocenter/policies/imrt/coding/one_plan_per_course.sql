-- title:        One IMRT plan is billed per course of therapy
-- requirements: IMRT-2, IMRT-3
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- uses:         documents, document_elements
-- consequence:  deny
-- remedy:       Send the dated note of the change of anatomy and of the repeat planning CT, or withdraw the second plan.
-- carc:         97

with

plans_billed as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        sum(coded_lines.units) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as plans_so_far
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'

),

-- Each change documented by the day of the plan earns the course one more plan.
allowances as (

    select
        plans_billed.claim_line_id,
        count(anatomy_changes.document_id) as changes_documented
    from plans_billed
    left join anatomy_changes
        on
            plans_billed.course_id = anatomy_changes.course_id
            and plans_billed.service_date >= anatomy_changes.document_date
    group by plans_billed.claim_line_id

)

select
    plans_billed.claim_line_id as subject_id,
    case
        when plans_billed.plans_so_far <= 1 + allowances.changes_documented then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'IMRT plan ', plans_billed.plans_so_far, ' of the course on ', plans_billed.service_date,
        '; changes of anatomy with a repeat planning CT documented by then: ', allowances.changes_documented
    ) as because
from plans_billed
inner join allowances on plans_billed.claim_line_id = allowances.claim_line_id
