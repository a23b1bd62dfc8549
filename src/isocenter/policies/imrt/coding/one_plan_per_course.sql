-- title:        One IMRT plan is billed per course of therapy
-- fault:        A second IMRT plan is billed without a documented reason
-- requirements: IMRT-2, IMRT-3
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  reduce
-- remedy:       Send the dated note of the change of anatomy and the repeat planning CT, or withdraw the second plan.
-- asks:         anatomy_change
-- carc:         97

with

field_changes as (

    select distinct line_statements.claim_line_id
    from line_statements
    where
        line_statements.kind = 'field_change_note'
        and line_statements.element in ('cone_down', 'changed_field_size')

),

allowances as (

    select
        counted_lines.claim_line_id,
        counted_lines.service_date,
        counted_lines.units,
        counted_lines.units_so_far,
        counted_lines.changes_by_then,
        -- The chart names a change of the fields and no change of anatomy, not even a later one.
        field_changes.claim_line_id is not null and counted_lines.changes_later = 0 as is_field_change_only,
        greatest(
            0,
            least(
                counted_lines.units,
                1 + counted_lines.changes_by_then - counted_lines.units_so_far + counted_lines.units
            )
        ) as units_allowed
    from counted_lines
    left join field_changes on counted_lines.claim_line_id = field_changes.claim_line_id
    where
        counted_lines.code_list = 'imrt_plan'

)

select
    allowances.claim_line_id as subject_id,
    case
        when allowances.units_allowed >= allowances.units then 'met'
        when allowances.is_field_change_only then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'IMRT plan ', allowances.units_so_far, ' of the course on ', allowances.service_date,
        '; changes of anatomy with a repeat planning CT documented by then: ', allowances.changes_by_then,
        case
            when allowances.units_allowed < allowances.units and allowances.is_field_change_only
                then '; the chart names a cone-down or a changed field size instead'
            else ''
        end
    ) as because,
    allowances.units_allowed
from allowances
