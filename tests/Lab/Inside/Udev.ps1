# The udevd of the machine.

function Get-Udevd { [Diagnostics.Process]::GetProcesses() | Where-Object { $_.ProcessName -like '*udevd' } }

function Stop-Udevd {
    & udevadm control --exit
    Wait-Until { -not (Get-Udevd) }
}

function Start-Udevd { & /lib/systemd/systemd-udevd --daemon }
