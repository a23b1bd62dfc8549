-- Claim lines as a screening keeps them: what each is, its course, and the recommendation.

select
    recommended_lines.claim_line_id,
    recommended_lines.claim_id,
    recommended_lines.course_id,
    recommended_lines.member_id,
    recommended_lines.service_date,
    recommended_lines.procedure_code,
    recommended_lines.setting,
    recommended_lines.billing_npi,
    recommended_lines.units,
    recommended_lines.charge_amount,
    recommended_lines.allowed_amount,
    recommended_lines.recommendation,
    recommended_lines.units_allowed
from recommended_lines
