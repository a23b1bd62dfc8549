-- title: Which conditions each course documents and shows, and whether that makes IMRT necessary

with

statements as (

    select
        final_documents.course_id,
        count(distinct final_documents.document_id) as statements,
        count(distinct necessity_statements.document_id) as signed_statements,
        coalesce(min(necessity_statements.document_id), min(final_documents.document_id)) as first_statement
    from final_documents
    left join necessity_statements on final_documents.document_id = necessity_statements.document_id
    where final_documents.kind = 'necessity_statement'
    group by final_documents.course_id

),

-- A statement whose contents were not supplied says nothing either way.
statements_read as (

    select count(*) > 0 as are_supplied
    from supplied_tables
    where supplied_tables.table_name = 'document_elements'

),

ranked_conditions as (

    select
        documented_conditions.course_id,
        conditions.label,
        documented_conditions.documented_by,
        count(*) over (partition by documented_conditions.course_id) as conditions,
        row_number() over (
            partition by documented_conditions.course_id
            order by conditions.requirement, conditions.condition
        ) as place
    from documented_conditions
    inner join conditions on documented_conditions.condition = conditions.condition

),

documented as (

    select ranked_conditions.*
    from ranked_conditions
    where ranked_conditions.place = 1

),

shown as (

    select
        plan_signs.course_id,
        count(*) as measured,
        count(case when plan_signs.evidence = 'supports' then 1 end) as supported,
        count(case when plan_signs.evidence = 'contradicts' then 1 end) as contradicted,
        count(case
            when plan_signs.evidence = 'contradicts' and plan_signs.condition = 'condition_proximity' then 1
        end) as proximity_contradicted
    from plan_signs
    group by plan_signs.course_id

)

select
    courses_under_review.course_id,
    coalesce(documented.conditions, 0) as conditions_documented,
    case
        when coalesce(documented.conditions, 0) > 0 then 'met'
        when coalesce(statements.signed_statements, 0) = 0 then 'not_documented'
        when not statements_read.are_supplied then 'not_documented'
        when coalesce(shown.supported, 0) > 0 then 'not_documented'
        -- Only a plan whose geometry was measured and that contradicts every condition measured.
        when shown.contradicted = shown.measured and shown.proximity_contradicted > 0 then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        case
            when coalesce(documented.conditions, 0) > 0 then concat(
                'conditions documented: ', documented.conditions, ', first ', documented.label, '; ',
                documented.documented_by
            )
            when coalesce(statements.statements, 0) = 0 then 'the chart holds no statement of the need for IMRT'
            when statements.signed_statements = 0 then concat(
                'statement ', statements.first_statement,
                ' has no dated signature of the treating physician'
            )
            else concat(
                'the signed statement ', statements.first_statement, ' names none of the conditions of the policy'
            )
        end,
        case
            when shown.course_id is null then '; no measure addresses a condition'
            else concat(
                '; conditions that plan and history address: ', shown.measured, ', shown: ', shown.supported,
                ', not shown: ', shown.measured - shown.supported
            )
        end
    ) as because
from courses_under_review
cross join statements_read
left join statements on courses_under_review.course_id = statements.course_id
left join documented on courses_under_review.course_id = documented.course_id
left join shown on courses_under_review.course_id = shown.course_id
