-- title:        The treating physician states why IMRT and not conventional or 3D treatment, and addresses the critical structures
-- fault:        No signed statement explains why conventional or 3D treatment would not serve
-- requirements: REC-2, SYS-3
-- cites:        documentation, paragraph 1, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement of why conventional or 3D treatment would not serve this patient and which critical structures are at stake.
-- asks:         necessity_statement

with

stated as (

    select
        necessity_statements.course_id,
        necessity_statements.document_id,
        necessity_statements.signed_on,
        max(case when document_elements.element = 'compared_with_3d' then 1 else 0 end) as compares,
        max(case when document_elements.element = 'critical_structures_addressed' then 1 else 0 end) as addresses
    from necessity_statements
    left join document_elements on necessity_statements.document_id = document_elements.document_id
    group by necessity_statements.course_id, necessity_statements.document_id, necessity_statements.signed_on

),

-- The statement that says most is named in the sentence.
ranked as (

    select
        stated.*,
        max(stated.compares) over (partition by stated.course_id) as one_compares,
        max(stated.addresses) over (partition by stated.course_id) as one_addresses,
        row_number() over (
            partition by stated.course_id
            order by stated.compares + stated.addresses desc, stated.signed_on, stated.document_id
        ) as place
    from stated

)

select
    courses_under_review.course_id as subject_id,
    case when ranked.one_compares = 1 and ranked.one_addresses = 1 then 'met' else 'not_documented' end as outcome,
    concat(case
        when ranked.course_id is null
            then 'the chart holds no statement with a dated signature of the treating physician'
        else concat(
            'statement ', ranked.document_id, ', signed on ', ranked.signed_on, ', ',
            case when ranked.compares = 1 then 'compares' else 'does not compare' end,
            ' IMRT with conventional or 3D treatment and ',
            case when ranked.addresses = 1 then 'addresses' else 'does not address' end,
            ' the critical structures',
            case
                when ranked.one_compares + ranked.one_addresses > ranked.compares + ranked.addresses
                    then '; another statement does'
                else ''
            end
        )
    end, case when compared_techniques.course_id is null then '' else '; ' end, coalesce(compared_techniques.shown, ''))
        as because
from courses_under_review
left join ranked
    on
        courses_under_review.course_id = ranked.course_id
        and ranked.place = 1
left join compared_techniques on courses_under_review.course_id = compared_techniques.course_id
