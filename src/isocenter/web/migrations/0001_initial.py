"""The first tables."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("person", models.CharField(blank=True, max_length=200)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("act", models.CharField(max_length=60)),
                ("request_number", models.CharField(blank=True, db_index=True, max_length=20)),
                ("detail", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "ordering": ("sequence",),
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("intake", "Intake"),
                            ("nurse", "Nurse reviewer"),
                            ("physician", "Physician reviewer"),
                            ("physicist", "Physicist"),
                            ("auditor", "Auditor"),
                            ("administrator", "Administrator"),
                        ],
                        default="intake",
                        max_length=20,
                    ),
                ),
                ("credentials", models.CharField(blank=True, help_text="Such as RN, MD, PhD", max_length=60)),
                ("specialty", models.CharField(blank=True, max_length=120)),
                ("license_number", models.CharField(blank=True, max_length=60)),
                ("license_state", models.CharField(blank=True, max_length=40)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Determination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "decision",
                    models.CharField(
                        choices=[("approve", "Approve"), ("partly", "Approve in part"), ("deny", "Deny")], max_length=20
                    ),
                ),
                ("agrees", models.BooleanField()),
                ("is_of_necessity", models.BooleanField(default=False)),
                ("is_after_appeal", models.BooleanField(default=False)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("document_not_read", "A document states it, and the program did not read it"),
                            ("document_misread", "A document was read wrongly"),
                            ("plan_misread", "The plan was read or measured wrongly"),
                            ("clinical_judgment", "Clinical judgment on the facts at hand"),
                            ("rule_does_not_fit", "The rule does not fit this case"),
                            ("peer_to_peer", "Settled in a peer-to-peer conversation"),
                            ("other_coverage", "Another coverage rule applies"),
                            ("not_answered", "Requested documents were not sent in time"),
                        ],
                        max_length=40,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("proposed", "Awaiting second reader"),
                            ("final", "Final"),
                            ("returned", "Returned by the second reader"),
                        ],
                        max_length=20,
                    ),
                ),
                ("by_name", models.CharField(max_length=200)),
                ("by_role", models.CharField(max_length=20)),
                ("by_specialty", models.CharField(blank=True, max_length=120)),
                ("by_license", models.CharField(blank=True, max_length=120)),
                ("made_at", models.DateTimeField()),
                ("second_reader_name", models.CharField(blank=True, max_length=200)),
                ("second_read_at", models.DateTimeField(null=True)),
                ("second_reader_text", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="determinations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "second_reader",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("intake", "Intake"),
                            ("nurse", "Nurse reviewer"),
                            ("physician", "Physician reviewer"),
                            ("physicist", "Physicist"),
                            ("auditor", "Auditor"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LineDetermination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("claim_line_id", models.CharField(max_length=300)),
                ("procedure_code", models.CharField(max_length=20)),
                ("service_date", models.DateField()),
                ("recommendation", models.CharField(max_length=20)),
                (
                    "decision",
                    models.CharField(choices=[("pay", "Pay"), ("reduce", "Reduce"), ("deny", "Deny")], max_length=20),
                ),
                ("units_allowed", models.IntegerField(null=True)),
                ("agrees", models.BooleanField()),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("document_not_read", "A document states it, and the program did not read it"),
                            ("document_misread", "A document was read wrongly"),
                            ("plan_misread", "The plan was read or measured wrongly"),
                            ("clinical_judgment", "Clinical judgment on the facts at hand"),
                            ("rule_does_not_fit", "The rule does not fit this case"),
                            ("peer_to_peer", "Settled in a peer-to-peer conversation"),
                            ("other_coverage", "Another coverage rule applies"),
                            ("not_answered", "Requested documents were not sent in time"),
                        ],
                        max_length=40,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                (
                    "determination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="workbench.determination"
                    ),
                ),
            ],
            options={
                "ordering": ("service_date", "id"),
            },
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=200)),
                (
                    "priority",
                    models.CharField(
                        choices=[("standard", "Standard"), ("expedited", "Expedited")],
                        default="standard",
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_review", "In review"),
                            ("open", "Open"),
                            ("awaiting_documents", "Awaiting documents"),
                            ("awaiting_second_reader", "Awaiting second reader"),
                            ("determined", "Determined"),
                            ("unreadable", "Could not be reviewed"),
                        ],
                        default="in_review",
                        max_length=30,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("clock_stopped_at", models.DateTimeField(null=True)),
                ("determined_at", models.DateTimeField(null=True)),
                ("course_chosen", models.CharField(blank=True, max_length=200)),
                ("plan_chosen", models.CharField(blank=True, max_length=200)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("progress", models.CharField(blank=True, max_length=200)),
                ("unreadable_because", models.TextField(blank=True)),
                ("worked_on_until", models.DateTimeField(null=True)),
                ("recommendation", models.CharField(blank=True, max_length=30)),
                ("requires_clinician", models.BooleanField(default=False)),
                ("member_id", models.CharField(blank=True, max_length=200)),
                ("course_id", models.CharField(blank=True, max_length=200)),
                ("site", models.CharField(blank=True, max_length=60)),
                ("provider_npi", models.CharField(blank=True, max_length=20)),
                ("line_of_business", models.CharField(blank=True, max_length=60)),
                ("is_prior_authorization", models.BooleanField(default=False)),
                ("billed_dollars", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("is_example", models.BooleanField(default=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assigned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploaded",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("note", "Note"), ("peer_to_peer", "Peer-to-peer conversation")],
                        default="note",
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("spoken_with", models.CharField(blank=True, max_length=200)),
                ("spoken_on", models.DateField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="workbench.request"
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("request", "Request for documents"),
                            ("approval", "Approval"),
                            ("partial", "Partial approval"),
                            ("denial", "Denial"),
                        ],
                        max_length=20,
                    ),
                ),
                ("page", models.TextField()),
                ("pdf", models.BinaryField()),
                ("pdf_sha256", models.CharField(max_length=64)),
                ("sent_at", models.DateTimeField()),
                (
                    "determination",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="workbench.determination",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="workbench.request"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=500)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("kind", models.CharField(max_length=60)),
                ("problem", models.TextField(blank=True)),
                ("added_at", models.DateTimeField()),
                ("generation", models.PositiveIntegerField(default=1)),
                ("replaced_in_generation", models.PositiveIntegerField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="workbench.request"
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
            },
        ),
        migrations.AddField(
            model_name="determination",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="determinations", to="workbench.request"
            ),
        ),
        migrations.CreateModel(
            name="ClockEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("stopped", "Stopped"),
                            ("resumed", "Resumed"),
                            ("ended", "Ended"),
                            ("reopened", "Reopened"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("because", models.CharField(max_length=200)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clock_events", to="workbench.request"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "id"),
            },
        ),
        migrations.CreateModel(
            name="RequestedDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(blank=True, max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="workbench.document",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested_documents",
                        to="workbench.letter",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
            },
        ),
        migrations.CreateModel(
            name="ReviewRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveIntegerField()),
                ("course_chosen", models.CharField(blank=True, max_length=200)),
                ("plan_chosen", models.CharField(blank=True, max_length=200)),
                ("finished_at", models.DateTimeField()),
                ("version", models.CharField(max_length=40)),
                ("recommendation", models.CharField(max_length=30)),
                ("requires_clinician", models.BooleanField()),
                ("review_json", models.TextField()),
                ("review_sha256", models.CharField(max_length=64)),
                ("page", models.TextField()),
                ("policies", models.JSONField(default=list)),
                ("readings", models.JSONField(default=list)),
                ("inputs", models.JSONField(default=list)),
                ("pictures", models.JSONField(default=list)),
                ("has_plan", models.BooleanField(default=False)),
                ("seconds", models.FloatField(default=0.0)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="workbench.request"
                    ),
                ),
            ],
            options={
                "ordering": ("generation",),
            },
        ),
        migrations.CreateModel(
            name="ReviewedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("claim_line_id", models.CharField(max_length=300)),
                ("procedure_code", models.CharField(max_length=20)),
                ("label", models.CharField(blank=True, max_length=200)),
                ("modifiers", models.CharField(blank=True, max_length=40)),
                ("service_date", models.DateField()),
                ("units", models.IntegerField()),
                ("units_allowed", models.IntegerField(null=True)),
                ("recommendation", models.CharField(max_length=20)),
                ("charge_dollars", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="workbench.reviewrun"
                    ),
                ),
            ],
            options={
                "ordering": ("place",),
            },
        ),
        migrations.CreateModel(
            name="MarkedPassage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_id", models.CharField(blank=True, max_length=300)),
                ("statement", models.CharField(max_length=400)),
                ("file", models.CharField(max_length=500)),
                ("page", models.PositiveIntegerField()),
                ("left_pt", models.FloatField()),
                ("top_pt", models.FloatField()),
                ("right_pt", models.FloatField()),
                ("bottom_pt", models.FloatField()),
                ("words", models.TextField()),
                ("sureness", models.FloatField()),
                ("counted", models.BooleanField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="passages", to="workbench.reviewrun"
                    ),
                ),
            ],
            options={
                "ordering": ("file", "page", "top_pt", "left_pt"),
            },
        ),
        migrations.AddField(
            model_name="determination",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="determinations", to="workbench.reviewrun"
            ),
        ),
        migrations.CreateModel(
            name="AskedDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(blank=True, max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("remedies", models.JSONField(default=list)),
                ("states", models.JSONField(default=list)),
                ("cites", models.JSONField(default=list)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked_documents",
                        to="workbench.reviewrun",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
            },
        ),
        migrations.CreateModel(
            name="RunFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("policy", models.CharField(max_length=60)),
                ("rule", models.CharField(max_length=120)),
                ("title", models.CharField(max_length=300)),
                ("cites", models.CharField(max_length=200)),
                ("subject_kind", models.CharField(max_length=20)),
                ("subject_id", models.CharField(max_length=300)),
                ("subject", models.CharField(blank=True, max_length=400)),
                ("outcome", models.CharField(max_length=20)),
                ("effect", models.CharField(blank=True, max_length=20)),
                ("because", models.TextField()),
                ("remedy", models.TextField(blank=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="workbench.reviewrun"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(max_length=1000)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Setting",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["state", "due_at", "id"], name="queue_by_due"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["assignee", "state", "due_at"], name="queue_by_assignee"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["recommendation", "state", "due_at"], name="queue_by_recommendation"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["received_at"], name="requests_by_day"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["provider_npi", "state"], name="queue_by_provider"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_in_generation", None)),
                fields=("request", "name"),
                name="one_document_in_use_by_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrun",
            constraint=models.UniqueConstraint(fields=("request", "generation"), name="one_run_a_generation"),
        ),
        migrations.AddConstraint(
            model_name="determination",
            constraint=models.UniqueConstraint(fields=("request", "number"), name="determinations_are_numbered"),
        ),
        migrations.AddIndex(
            model_name="runfinding",
            index=models.Index(fields=["policy", "rule", "outcome"], name="findings_by_rule"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("person", "name"), name="one_view_a_name"),
        ),
    ]
