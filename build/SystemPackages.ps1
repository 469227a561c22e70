# What this repository needs of the system: a file that proves it is there, and the Debian package that has it.
$systemPackages = @{
    Qemu   = @{
        '/usr/bin/qemu-system-x86_64' = 'qemu-system-x86'
        '/usr/bin/qemu-img'           = 'qemu-utils'
    }
    Demo   = @{ '/usr/lib/memtest86+/memtest86+x64.iso' = 'memtest86+' }
    Devices = @{
        '/usr/bin/umockdev-run' = 'umockdev'
        '/usr/bin/lsusb'        = 'usbutils'
        '/usr/bin/lspci'        = 'pciutils'
        '/usr/bin/mdevctl'      = 'mdevctl'
        '/usr/bin/udevadm'      = 'udev'
    }
    Host   = @{ '/usr/bin/virt-host-validate' = 'libvirt-clients' }
    Lab    = @{
        '/sbin/modprobe'          = 'kmod'
        '/usr/share/misc/usb.ids' = 'usb.ids'
        # What a module of the kernel is built with; libelf is what the kernel's objtool reads it with.
        '/usr/bin/gcc'            = 'gcc'
        '/usr/bin/make'           = 'make'
        '/usr/lib/x86_64-linux-gnu/libelf.so.1' = 'libelf1'
    }
    Guests = @{
        '/usr/lib/memtest86+/memtest86+x64.iso' = 'memtest86+'
        '/bin/busybox'                          = 'busybox-static'
        '/usr/share/OVMF/OVMF_CODE_4M.fd'       = 'ovmf'
        '/usr/bin/swtpm'                        = 'swtpm'
        '/usr/bin/swtpm_setup'                  = 'swtpm-tools'
        '/usr/bin/bsdtar'                       = 'libarchive-tools'
        '/usr/bin/openssl'                      = 'openssl'
        '/sbin/mkfs.ext4'                       = 'e2fsprogs'
        '/usr/bin/ssh'                          = 'openssh-client'
    }
}

# Installs what is missing where this user may; otherwise says what to install and ends with 2.
function Install-SystemPackage([string[]] $Group) {
    $missing = @(foreach ($name in $Group) {
        foreach ($entry in $systemPackages[$name].GetEnumerator()) { if (-not [IO.File]::Exists($entry.Key)) { $entry.Value } }
    }) | Sort-Object -Unique
    if (-not $missing) { return }

    $sudo = Get-SudoPrefix
    if ($null -eq $sudo) {
        Write-Host "Please install what is missing: sudo apt-get install $missing"
        exit 2
    }

    Write-Host "Installing $missing"
    $env:DEBIAN_FRONTEND = 'noninteractive'
    try {
        Invoke-Quietly ($sudo + @('apt-get', 'update', '-qq'))
        Invoke-Quietly ($sudo + @('apt-get', 'install', '-y', '-qq', '--no-install-recommends') + $missing)
    }
    catch {
        Write-Host "$_"
        exit 2
    }
}

# What to put before a command that needs root; null where nothing helps.
function Get-SudoPrefix {
    if ((& id -u) -eq '0') { return , @() }
    if ([IO.File]::Exists('/usr/bin/sudo')) {
        & sudo -n true 2>&1 | Out-Null
        if ($LASTEXITCODE -eq 0) { return , @('sudo', '-n', '-E') }
    }
}

# What a command says is told only when it fails.
function Invoke-Quietly([string[]] $Command) {
    $program, $arguments = $Command
    $said = @(& $program @arguments 2>&1)
    if ($LASTEXITCODE -ne 0) { throw (($said + "'$Command' ended with exit code $LASTEXITCODE.") -join "`n") }
}
