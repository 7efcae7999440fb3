"""Mobiles that people typed in their own ways become +91 and ten digits; what is none stays as it is."""

import re

from django.db import migrations

TYPED = re.compile(r"(?:\+91|0091|91|0)?([6-9][0-9]{9})")


def as_kept(apps, schema_editor):
    contacts = apps.get_model("accounts", "Contact").objects
    for pk, phone in contacts.exclude(phone="").values_list("pk", "phone").iterator():
        match = TYPED.fullmatch(re.sub(r"[ ().-]", "", phone))
        if match and phone != f"+91{match[1]}":
            contacts.filter(pk=pk).update(phone=f"+91{match[1]}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_sms")]
    operations = [migrations.RunPython(as_kept, migrations.RunPython.noop)]
