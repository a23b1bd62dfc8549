-- Each finding with the course and the claim line that it is about ('' where no line is meant), once for each course.
-- A rule judges the lines of the days on which it is in force, and what else belongs to a course of such days.
-- What a rule refuses is asked where a line that the refusal rests on may be of another course.
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

),

-- Lines that may be of several courses, by each of these.
open_lines as (

    select
        claim_lines.course_id,
        claim_lines.claim_line_id,
        claim_lines.procedure_code,
        claim_lines.service_date
    from claim_lines
    where claim_lines.claim_line_id in (select possible_courses.claim_line_id from possible_courses)

    union all

    select
        possible_courses.course_id,
        claim_lines.claim_line_id,
        claim_lines.procedure_code,
        claim_lines.service_date
    from possible_courses
    inner join claim_lines on possible_courses.claim_line_id = claim_lines.claim_line_id

),

refused_on_open_lines as (

    select
        located.policy,
        located.rule,
        located.subject_kind,
        located.subject_id,
        max(case when located.claim_line_id = open_lines.claim_line_id then 1 else 0 end) as is_open_itself,
        min(open_lines.claim_line_id) as open_line
    from located
    inner join dated_rules on located.policy = dated_rules.policy and located.rule = dated_rules.rule
    inner join open_lines on located.course_id = open_lines.course_id
    left join codes_rested_on
        on
            located.policy = codes_rested_on.policy
            and located.rule = codes_rested_on.rule
            and open_lines.procedure_code = codes_rested_on.code
    where
        located.outcome = 'not_met'
        and located.subject_kind in ('claim_line', 'course')
        and dated_rules.consequence <> 'inform'
        and (
            dated_rules.rests_on_any_line
            or codes_rested_on.code is not null
            or (dated_rules.rests_on_itself and located.claim_line_id = open_lines.claim_line_id)
        )
        and (not dated_rules.is_of_one_day or located.service_date = open_lines.service_date)
    group by located.policy, located.rule, located.subject_kind, located.subject_id

),

answered as (

    select
        located.policy,
        located.rule,
        located.subject_kind,
        located.subject_id,
        located.course_id,
        located.claim_line_id,
        located.service_date,
        case when refused_on_open_lines.open_line is null then located.outcome else 'not_documented' end as outcome,
        case
            when refused_on_open_lines.open_line is null then located.because
            else concat(
                located.because, '; by the diagnoses of its claim, ',
                case
                    when refused_on_open_lines.is_open_itself = 1 then 'this line'
                    else concat('line ', refused_on_open_lines.open_line)
                end,
                ' may also be for another tumor treated at the same time: state the diagnosis that it was for'
            )
        end as because,
        located.evidence,
        located.units_allowed
    from located
    left join refused_on_open_lines
        on
            located.policy = refused_on_open_lines.policy
            and located.rule = refused_on_open_lines.rule
            and located.subject_kind = refused_on_open_lines.subject_kind
            and located.subject_id = refused_on_open_lines.subject_id

)

select
    answered.policy,
    answered.rule,
    answered.subject_kind,
    answered.subject_id,
    answered.course_id,
    answered.claim_line_id,
    answered.outcome,
    answered.because,
    answered.evidence,
    answered.units_allowed
from answered
inner join dated_rules as rules on answered.policy = rules.policy and answered.rule = rules.rule
left join course_windows on answered.course_id = course_windows.course_id
left join courses_out_of_scope
    on answered.policy = courses_out_of_scope.policy and answered.course_id = courses_out_of_scope.course_id
where
    rules.is_scope
    or (
        coalesce(
            answered.service_date,
            greatest(course_windows.first_service, rules.policy_valid_from),
            rules.policy_valid_to
        ) between rules.valid_from and rules.valid_to
        -- What another course of the member refuses stays refused, of members, places and days of the policy.
        and (
            courses_out_of_scope.course_id is null
            or (rules.spans_courses and answered.outcome = 'not_met' and not courses_out_of_scope.is_of_others)
        )
    )
