-- Each finding with the course and the claim line that it is about ('' where no line is meant), once for each course.
-- A rule judges the lines of the days on which it is in force, and what else belongs to a course of such days.
-- A course out of a policy's scope keeps only the finding of that policy that says so.

with

-- No rule is in force longer than its policy, whose own rule is in force as long as it.
dated_rules as (

    select
        rules.*,
        min(rules.valid_from) over (partition by rules.policy) as policy_valid_from,
        max(rules.valid_to) over (partition by rules.policy) as policy_valid_to
    from rules

),

located as (

    select
        findings.*,
        claim_lines.course_id,
        claim_lines.claim_line_id,
        claim_lines.service_date
    from findings
    inner join claim_lines on findings.subject_id = claim_lines.claim_line_id
    where findings.subject_kind = 'claim_line'

    union all

    select
        findings.*,
        findings.subject_id as course_id,
        '' as claim_line_id,
        cast(null as date) as service_date
    from findings
    where findings.subject_kind = 'course'

    union all

    select
        findings.*,
        documents.course_id,
        '' as claim_line_id,
        cast(null as date) as service_date
    from findings
    inner join documents on findings.subject_id = documents.document_id
    where findings.subject_kind = 'document'

    union all

    select
        findings.*,
        plans.course_id,
        '' as claim_line_id,
        cast(null as date) as service_date
    from findings
    inner join plans on findings.subject_id = plans.plan_id
    where findings.subject_kind = 'plan'

    union all

    -- A facility is held to the lines that it billed itself: those that the finding affects, where the rule names some.
    select
        findings.*,
        billed.course_id,
        '' as claim_line_id,
        cast(null as date) as service_date
    from findings
    inner join dated_rules on findings.policy = dated_rules.policy and findings.rule = dated_rules.rule
    inner join (
        select distinct
            affected_lines.policy,
            affected_lines.relation,
            claim_lines.course_id,
            claim_lines.billing_npi
        from affected_lines
        inner join claim_lines on affected_lines.claim_line_id = claim_lines.claim_line_id
    ) as billed
        on
            findings.policy = billed.policy
            and dated_rules.affects = billed.relation
            and findings.subject_id = billed.billing_npi
    where findings.subject_kind = 'facility'

    union all

    select
        findings.*,
        served.course_id,
        '' as claim_line_id,
        cast(null as date) as service_date
    from findings
    inner join dated_rules on findings.policy = dated_rules.policy and findings.rule = dated_rules.rule
    inner join (
        select distinct
            claim_lines.course_id,
            claim_lines.billing_npi
        from claim_lines
    ) as served on findings.subject_id = served.billing_npi
    where
        findings.subject_kind = 'facility'
        and dated_rules.affects = ''

)

select
    located.policy,
    located.rule,
    located.subject_kind,
    located.subject_id,
    located.course_id,
    located.claim_line_id,
    located.outcome,
    located.because,
    located.evidence,
    located.units_allowed
from located
inner join dated_rules as rules on located.policy = rules.policy and located.rule = rules.rule
left join course_windows on located.course_id = course_windows.course_id
left join courses_out_of_scope
    on located.policy = courses_out_of_scope.policy and located.course_id = courses_out_of_scope.course_id
where
    rules.is_scope
    or (
        coalesce(
            located.service_date,
            greatest(course_windows.first_service, rules.policy_valid_from),
            rules.policy_valid_to
        ) between rules.valid_from and rules.valid_to
        -- What another course of the member refuses stays refused, of members, places and days of the policy.
        and (
            courses_out_of_scope.course_id is null
            or (rules.spans_courses and located.outcome = 'not_met' and not courses_out_of_scope.is_of_others)
        )
    )
