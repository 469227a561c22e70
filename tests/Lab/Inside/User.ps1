# An ordinary user of the machine.

$user = [pscustomobject]@{ Name = 'ada'; Id = 4321 }

function New-LabUser {
    if ((& getent passwd $user.Name)) { return }
    & useradd --create-home --uid $user.Id $user.Name
    if ($LASTEXITCODE -ne 0) { throw 'the user cannot be made' }
}

# The user can open a device's node for reading and writing.
function Test-UserOpens([string] $Node) {
    & setpriv --reuid $user.Name --regid $user.Name --init-groups sh -c "exec 3<>'$Node'" 2>&1 | Out-Null
    $LASTEXITCODE -eq 0
}

# Runs a script in an engine of the user's own, who may lock as much memory as there is, and returns the last line it says.
function Invoke-AsUser([string] $Script) {
    $said = @(& prlimit --memlock=unlimited:unlimited setpriv --reuid $user.Name --regid $user.Name --init-groups env "HOME=/home/$($user.Name)" $env:lab_engine -NoProfile -NonInteractive -File $Script @args 2>&1 | ForEach-Object { "$_" })
    if ($LASTEXITCODE -ne 0) { throw "$Script ended with $LASTEXITCODE`: $($said -join "`n")" }
    $said[-1]
}
