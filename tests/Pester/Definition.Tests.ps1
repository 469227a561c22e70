BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $disk = New-QemuDisk "$TestFolder/disk.qcow2" 1GB
    $original = New-QemuVm -Name original -DiskPath $disk.Path -PortForward 2222:22 -Tag x, y -CpuModel max -Notes "two`nlines" -Vga Virtio

    function Get-Document([string] $Name) { [IO.File]::ReadAllText((Get-QemuVm $Name).Path) }

    # What another shell answers, in which nobody can be asked.
    function Get-AnotherShellsAnswer([string] $Command) {
        $shell = Start-AnotherShell $Command
        $answer = $shell.StandardOutput.ReadToEnd().Trim()
        $shell.WaitForExit()
        $answer
    }
}

AfterAll { Exit-TestSession }

Describe 'New-QemuVm -Definition' {
    It 'makes the same machine again from <Way>' -ForEach @(
        @{ Way = 'JSON text'; Through = { param($vm) $vm | ConvertTo-Json -Depth 8 } }
        @{ Way = 'what ConvertFrom-Json made'; Through = { param($vm) $vm | ConvertTo-Json -Depth 8 | ConvertFrom-Json } }
        @{ Way = 'its definition alone'; Through = { param($vm) $vm.Definition | ConvertTo-Json -Depth 8 } }
        @{ Way = 'its file'; Through = { param($vm) [IO.File]::ReadAllText($vm.Path) } }
        @{ Way = 'what went through Clixml'; Through = { param($vm) [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($vm)) } }
        @{ Way = 'the object itself'; Through = { param($vm) $vm } }
    ) {
        $document = Get-Document original
        $given = & $Through (Get-QemuVm original)
        Remove-QemuVm original -Confirm:$false

        $again = $given | New-QemuVm -Force

        $again.Name | Should -Be 'original'
        # Clixml does not keep the order of a dictionary's members.
        if ($Way -notmatch 'Clixml') { Get-Document original | Should -Be $document }
        ($again.Definition | ConvertTo-Json -Depth 8).Length | Should -Be (($document | ConvertFrom-Json | ConvertTo-Json -Depth 8).Length)
    }

    It 'keeps what it does not know' {
        $vm = '{ "name": "coloured", "colour": { "of": ["door", 1] }, "drives": [ { "id": "cd0", "kind": "CdRom", "wear": 3 } ] }' | New-QemuVm

        $again = $vm | ConvertTo-Json -Depth 8 | New-QemuVm -Name coloured2

        $again.Definition.colour.of | Should -Be 'door', 1
        $again.Definition.drives[0].wear | Should -Be 3
    }

    It 'refuses a name that is taken, and takes another one with an id and addresses of its own' {
        $json = Get-QemuVm original | ConvertTo-Json -Depth 8

        Get-FailureId { $json | New-QemuVm -Force } | Should -Be 'VmExists'
        $other = $json | New-QemuVm -Name other -Force
        $other.Id | Should -Not -Be (Get-QemuVm original).Id
        $other.NetworkAdapters[0].MacAddress | Should -Not -Be (Get-QemuVm original).NetworkAdapters[0].MacAddress
        $other.Disks[0].Path | Should -Be $disk.Path
    }

    It 'lets other parameters have the last word' {
        $vm = New-QemuVm -Definition @{ name = 'mine'; processorCount = 2; vga = 'none' } -ProcessorCount 3 -MemoryStartupBytes 64MB

        $vm.ProcessorCount | Should -Be 3
        $vm.MemoryStartup | Should -Be 64MB
        $vm.Definition.vga | Should -Be 'None'
    }

    It 'takes several machines at once' {
        ('[ { "name": "s1" }, { "name": "s2" } ]' | New-QemuVm).Name | Should -Be 's1', 's2'
    }

    It 'says which of two contradicting values it goes by' {
        $changed = Get-QemuVm original | ConvertTo-Json -Depth 8 | ConvertFrom-Json
        $changed.ProcessorCount = 7

        $failure = Get-Failure { $changed | New-QemuVm -Name never -Force }

        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidDefinition,*'
        $failure.Exception.Message | Should -Match 'ProcessorCount.*Definition'
    }

    It 'says how to write a machine that was cut off' {
        $failure = Get-Failure { Get-QemuVm original | ConvertTo-Json -Depth 2 -WarningAction SilentlyContinue | New-QemuVm -Name never -Force }

        $failure.ErrorDetails.RecommendedAction | Should -Match '-Depth 8'
    }

    It 'names line and member of a mistake' {
        $failure = Get-Failure { "{`n `"name`": `"never`",`n `"vga`": `"Huge`" }" | New-QemuVm }

        $failure.Exception.Message | Should -Match "line 3, member 'vga'"
    }
}

Describe 'A definition from somewhere else' {
    It 'is not taken without a word when it <What>' -ForEach @(
        @{ What = 'names a file of the host'; Json = '{ "name": "strange", "kernelPath": "/etc/shadow" }'; Shown = 'kernelPath.*/etc/shadow' }
        @{ What = 'leaves the machine''s folder by dots'; Json = '{ "name": "strange", "drives": [ { "id": "disk0", "path": "../../../x.raw" } ] }'; Shown = 'drives\[0\]' }
        @{ What = 'has arguments for QEMU'; Json = '{ "name": "strange", "qemuArgument": [ "-netdev", "tap,id=t,script=/tmp/run.sh" ] }'; Shown = 'program.*script=' }
        @{ What = 'hides options in the machine type'; Json = '{ "name": "strange", "machineType": "pc,firmware=/tmp/x" }'; Shown = 'firmware' }
        @{ What = 'takes a device of the host'; Json = '{ "name": "strange", "usbDevices": [ { "id": "u", "match": { "identifyBy": "VendorProduct", "vendorId": "1050", "productId": "0407" } } ] }'; Shown = '1050:0407' }
        @{ What = 'opens a port to others'; Json = '{ "name": "strange", "networkAdapters": [ { "id": "n", "macAddress": "52:54:00:00:00:01", "portForwards": [ { "hostPort": 1, "guestPort": 2, "hostAddress": "0.0.0.0" } ] } ] }'; Shown = '0\.0\.0\.0' }
    ) {
        $answer = Get-AnotherShellsAnswer "try { '$($Json.Replace("'", "''"))' | New-QemuVm -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"

        $answer | Should -Match 'UntrustedDefinition'
        $answer | Should -Match $Shown
        Get-QemuVm strange* | Should -BeNullOrEmpty
    }

    It 'is taken when everything in it is its own' {
        $json = '{ "name": "harmless", "drives": [ { "id": "disk0", "path": "disk.raw" } ] }'

        Get-AnotherShellsAnswer "('$json' | New-QemuVm).Disks.Path" | Should -Be "$TestFolder/home/vms/harmless/disk.raw"
    }

    It 'is refused where the answer would be read from an input that has ended' {
        $command = "try { '{ `"name`": `"strange`", `"kernelPath`": `"/etc/shadow`" }' | New-QemuVm -ErrorAction Stop } catch { (`$_.FullyQualifiedErrorId -split ',')[0] }"
        $start = [Diagnostics.ProcessStartInfo]::new("$RepositoryRoot/qps")
        foreach ($argument in '-NoProfile', '-Command', $command) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $start.Environment['QPS_ENGINE'] = if ([Reflection.Assembly]::GetEntryAssembly().GetName().Name -eq 'pwsh') { 'pwsh' } else { 'embedded' }
        $shell = [Diagnostics.Process]::Start($start)
        $shell.StandardInput.Close()

        $shell.StandardOutput.ReadToEnd() | Should -Match 'UntrustedDefinition\s*$'
        Get-QemuVm strange* | Should -BeNullOrEmpty
    }

    It 'is taken with -Force or -Confirm:$false' {
        ('{ "name": "forced", "kernelPath": "/boot/x" }' | New-QemuVm -Force).Name | Should -Be 'forced'
        ('{ "name": "confirmed", "kernelPath": "/boot/x" }' | New-QemuVm -Confirm:$false).Name | Should -Be 'confirmed'
    }
}

Describe 'The store' {
    It 'comes with the schema that its documents name' {
        $schema = [IO.File]::ReadAllText("$((Get-Module QemuPS).ModuleBase)/vm.schema.json") | ConvertFrom-Json

        (Get-QemuVm original).Definition['$schema'] | Should -Be $schema.'$id'
        (Get-QemuVm original).Definition.version | Should -Be $schema.properties.version.maximum
    }

    It 'lets a machine live in another folder and takes it away with everything in it' {
        $null = [IO.Directory]::CreateDirectory("$TestFolder/elsewhere")

        $null = New-QemuVm distant -Path "$TestFolder/elsewhere"

        [IO.File]::Exists("$TestFolder/elsewhere/distant/vm.json") | Should -BeTrue
        (Get-QemuVm distant).State | Should -Be 'Off'
        Remove-QemuVm distant -Confirm:$false
        [IO.Directory]::GetFileSystemEntries("$TestFolder/elsewhere") | Should -BeNullOrEmpty
    }
}
